// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "items/heatpicture.h"
#include "items/tasks.h"

#include <memory>
#include <optional>

namespace ravel {

// Reads heat pictures on the pool, as work that the window's status bar tells of; a sample first where there is much. A new request replaces the one
// under way. GUI thread only.
class HeatLoader : public QObject {
    Q_OBJECT
public:
    explicit HeatLoader(Tasks&, QObject* parent = nullptr);
    ~HeatLoader() override;

    void request(const HeatRequest&);
    void cancel();
    bool busy() const { return m_job.has_value(); }

Q_SIGNALS:
    void arrived(std::shared_ptr<const ravel::HeatPicture>); // `complete` says whether it is the last word
    void failed(const QString& sentence);
    void stopped();                                          // cancelled from elsewhere: the picture stays as it is

private:
    void start(const HeatRequest&);

    Tasks& m_tasks;
    std::optional<Job> m_job;
    int m_ticket = 0;
};

} // namespace ravel
