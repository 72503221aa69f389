// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/torchinfo.h"

#include "items/qtext.h"
#include "items/tasks.h"
#include "save/torchplugin.h"

namespace ravel {

TorchInfo::TorchInfo(Tasks& tasks, QObject* parent)
    : QObject(parent)
    , m_tasks(tasks)
    , m_text(tr("LibTorch: not loaded yet"))
{
}

void TorchInfo::load()
{
    if (m_asked)
        return;
    m_asked = true;
    m_tasks.run<QString>(
        QString(),
        [](const Job&) {
            const auto plugin = loadTorchPlugin();
            if (plugin)
                return tr("LibTorch %1").arg(toQt((*plugin)->version()));
            return tr("LibTorch is not installed, which only writing fresh .pt files needs. %1").arg(sentenceOf(plugin.error()));
        },
        [this](const QString& text) {
            m_text = text;
            Q_EMIT loaded();
        });
}

} // namespace ravel
