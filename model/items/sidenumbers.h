// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>

#include "document/difference.h"
#include "items/tasks.h"
#include "stats/pyramid.h"

#include <memory>
#include <optional>
#include <vector>

class QTimer;

namespace ravel {

// The numbers of B, or of A - B, at the places of A's layout, with a pyramid of them that is built in the background. Made when they are asked for. GUI
// thread only; what is handed out goes to any thread.
class SideNumbers : public QObject {
    Q_OBJECT
public:
    struct Source {
        std::shared_ptr<const FlatLayout> layout; // A's
        EditedVector a, b;
        std::shared_ptr<const std::vector<Matching::Pair>> pairs;
    };
    SideNumbers(Side, Tasks&, QObject* parent);
    ~SideNumbers() override;

    void start(Source, const QString& what);  // replaces what was there; `what` names the work
    void stop();                              // nothing is there any more
    // A was edited: the blocks that these steps cover are summarised anew.
    void edited(EditedVector a, const std::vector<std::shared_ptr<const AppliedStep>>& steps);

    bool unfinished() const { return m_cut; } // the pyramid: building it was cancelled
    void goOn();                              // with it

    bool started() const { return m_source.has_value(); }
    const std::optional<DerivedNumbers>& numbers() const { return m_numbers; } // none yet, or could not be made
    std::shared_ptr<Pyramid> pyramid() const { return m_pyramid; }

Q_SIGNALS:
    void changed();            // numbers() are there, are others or are gone
    void statisticsChanged();  // the pyramid knows more; at most 10 a second
    void unfinishedChanged();
    void failed(const QString& sentence);

private:
    void make();
    void build();
    void tell();
    void stopBuilding();
    void setCut(bool);

    const Side m_side;
    Tasks& m_tasks;
    QTimer* m_timer;
    QString m_what;
    std::optional<Source> m_source;
    std::optional<DerivedNumbers> m_numbers;
    std::shared_ptr<Pyramid> m_pyramid;
    std::optional<Job> m_making, m_building;
    bool m_buildAgain = false;
    bool m_stopped = false, m_cut = false; // the build was cancelled: by this object; by the user
    std::uint64_t m_told = 0;
};

} // namespace ravel
