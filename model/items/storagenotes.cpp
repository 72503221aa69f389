// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/storagenotes.h"

#include "items/qtext.h"

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr std::size_t namedAtMost = 3;

std::int64_t bytesOf(const Storage& storage)
{
    std::int64_t bytes = 0;
    return checkedMultiply(storage.numel.value, dtypeSize(storage.dtype), bytes) ? bytes : std::numeric_limits<std::int64_t>::max();
}

} // namespace

std::shared_ptr<const StorageNotes> StorageNotes::make(std::shared_ptr<const Checkpoint> checkpoint)
{
    return std::shared_ptr<const StorageNotes>(new StorageNotes(std::move(checkpoint)));
}

StorageNotes::StorageNotes(std::shared_ptr<const Checkpoint> checkpoint)
    : m_checkpoint(std::move(checkpoint))
    , m_contents(storageContents(*m_checkpoint))
{
    for (std::size_t i = 0; i < m_contents.shared.size(); ++i)
        m_shared.emplace(m_contents.shared[i].storage, i);
    for (std::size_t i = 0; i < m_contents.hidden.size(); ++i)
        m_hidden.emplace(m_contents.hidden[i].storage, i);
    for (const StorageOrdinal s : m_contents.unviewed) {
        const std::int64_t bytes = bytesOf(m_checkpoint->storages[s]);
        m_unviewedBytes += std::min(bytes, std::numeric_limits<std::int64_t>::max() - m_unviewedBytes);
    }
}

// "storage 3 of 1.2 kB at byte 0x2C0 in archive/data/3"
QString StorageNotes::place(const Storage& storage) const
{
    QString text = tr("storage %1, %2").arg(shown(storage.id.key, 60), bytesText(bytesOf(storage)));
    if (storage.offset)
        text += tr(", at byte 0x%1").arg(QString::number(storage.offset->value, 16).toUpper());
    if (storage.record == noOrdinal)
        return text;
    if (const std::string& record = m_checkpoint->records[storage.record].name; !record.empty() && record != "storage " + storage.id.key)
        text += tr(" in %1").arg(shown(record, 80));
    return text;
}

// "shows the same elements as wte.weight and 2 more"
QString StorageNotes::sharing(const SharedStorage& shared, TensorOrdinal tensor) const
{
    QStringList names;
    std::size_t others = 0;
    for (const TensorOrdinal other : shared.tensors) {
        if (other == tensor || ++others > namedAtMost)
            continue;
        names << shown(m_checkpoint->tensors[other].name, 80);
    }
    QString with = names.join(u", "_s);
    if (others > namedAtMost)
        with = tr("%1 and %2 more").arg(with, countText(static_cast<std::int64_t>(others - namedAtMost)));
    switch (shared.how) {
    case SharedStorage::How::Alias: return tr("shares all its elements with %1").arg(with);
    case SharedStorage::How::Overlap: return tr("shares elements of its storage with %1").arg(with);
    case SharedStorage::How::Apart: return tr("lies in one storage with %1, no element in common").arg(with);
    }
    return {};
}

QStringList StorageNotes::of(TensorOrdinal tensor) const
{
    const StorageOrdinal s = m_checkpoint->tensors[tensor].storage;
    if (s == noOrdinal)
        return {};
    QStringList lines { place(m_checkpoint->storages[s]) };
    if (const auto found = m_shared.find(s); found != m_shared.end())
        lines << sharing(m_contents.shared[found->second], tensor);
    if (const auto found = m_hidden.find(s); found != m_hidden.end()) {
        const HiddenPart& part = m_contents.hidden[found->second];
        lines << (part.exact ? tr("%1 of its storage are shown by no tensor") : tr("at least %1 of its storage are shown by no tensor")).arg(bytesText(part.bytes));
    }
    return lines;
}

QString StorageNotes::summary() const
{
    QStringList parts;
    if (!m_contents.unviewed.empty())
        parts << tr("%Ln storage(s) that no tensor shows (%1)", nullptr, static_cast<int>(m_contents.unviewed.size())).arg(bytesText(m_unviewedBytes));
    std::int64_t hidden = 0; // of storages that are shown in part
    for (const HiddenPart& part : m_contents.hidden)
        hidden += std::min(part.bytes, std::numeric_limits<std::int64_t>::max() - hidden);
    if (hidden > 0)
        parts << tr("%1 hidden behind tensors").arg(bytesText(hidden));
    return parts.join(u", "_s);
}

} // namespace ravel
