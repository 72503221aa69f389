// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "widgets/startpage.h"

#include <QTemporaryDir>

#include <memory>
#include <optional>

namespace ravel {

// What the resources hold under :/samples, in the order in which a newcomer wants them.
QList<StartPage::Sample> samples();
// By the name that `ravel --sample NAME` takes: "small-cnn".
QStringList sampleNames();
std::optional<StartPage::Sample> sampleNamed(const QString& name);

// A copy of a sample in a private folder that goes away with this.
class SampleCopy {
public:
    static std::optional<SampleCopy> make(const QString& resource);
    QString path() const { return m_path; }

private:
    std::shared_ptr<QTemporaryDir> m_folder;
    QString m_path;
};

} // namespace ravel
