// SPDX-License-Identifier: GPL-3.0-or-later
#include <QStringList>

#include "items/elementreader.h"

#include "base/bits.h"
#include "base/number.h"
#include "items/maptile.h"
#include "items/qtext.h"
#include "layout/locate.h"

#include <algorithm>

namespace ravel {

namespace {

struct Read {
    FlatIndex index;
    std::string value, bits;
    std::optional<Error> error;
};

Read readOne(const FlatLayout& layout, const EditedVector& edited, FlatIndex index, const Job& job)
{
    Read read { index, {}, {}, std::nullopt };
    const auto done = readFlat(layout, edited, { index, index + Count(1) }, 1, job,
        [&](FlatIndex, Dtype dtype, const std::byte* element, std::int64_t) {
            read.value = elementText(dtype, element);
            read.bits = bitsText(dtype, element);
            return false;
        });
    if (!done)
        read.error = done.error();
    return read;
}

bool holds(const std::vector<FlatRange>& ascending, FlatIndex index)
{
    const auto range = std::upper_bound(ascending.begin(), ascending.end(), index, [](FlatIndex at, FlatRange r) { return at < r.end; });
    return range != ascending.end() && range->begin <= index;
}

} // namespace

std::optional<ElementFacts> factsOf(const FlatLayout& layout, FlatIndex index)
{
    const auto place = placeOf(layout, index);
    if (!place)
        return std::nullopt;
    ElementFacts facts;
    facts.index = index;
    facts.name = shown(layout.nameOf(place->tensor), 90);
    QStringList parts;
    for (const std::int64_t c : place->coordinates)
        parts << QString::number(c);
    facts.coordinates = u'[' + parts.join(QStringLiteral(", ")) + u']';
    facts.dtype = toQt(dtypeName(layout.checkpoint().tensors[place->tensor].dtype));
    facts.storage = countText(place->storageIndex.value);
    if (place->byte)
        facts.byte = QStringLiteral("0x") + QString::number(place->byte->value, 16).toUpper();
    return facts;
}

QString valueText(const ElementFacts& facts)
{
    if (facts.value.isEmpty())
        return facts.trouble;
    return (facts.side.isEmpty() ? QString() : facts.side + u' ') + QStringLiteral("= ") + facts.value;
}

ElementReader::ElementReader(QObject* parent)
    : QObject(parent)
    , m_tasks(1)
{
}

void ElementReader::setSource(std::shared_ptr<const FlatLayout> layout, EditedVector edited)
{
    m_layout = std::move(layout);
    m_edited = std::move(edited);
    again();
}

void ElementReader::setSide(std::optional<ElementSide> side)
{
    if (!side && !m_side)
        return;
    m_side = std::move(side);
    again();
}

void ElementReader::clear()
{
    m_layout.reset();
    m_edited.reset();
    m_side.reset();
    m_wanted.reset();
    again();
}

// What was read is of other numbers.
void ElementReader::again()
{
    m_tasks.cancelAll();
    const bool had = m_facts.has_value();
    m_facts = factsOfWanted();
    if (had || m_facts)
        Q_EMIT changed();
    start();
}

void ElementReader::want(std::optional<FlatIndex> index)
{
    if (index && m_facts && m_facts->index == *index)
        return;
    m_wanted = index;
    m_facts = factsOfWanted();
    Q_EMIT changed();
    start();
}

std::optional<ElementFacts> ElementReader::factsOfWanted() const
{
    if (!m_wanted || !m_layout)
        return std::nullopt;
    auto facts = factsOf(*m_layout, *m_wanted);
    if (!facts || !m_side)
        return facts;
    facts->side = m_side->title;
    if (holds(m_side->absent, *m_wanted))
        facts->trouble = tr("not in B"); // of A - B, too
    else if (const auto place = placeOf(*m_side->layout, *m_wanted))
        facts->dtype = toQt(dtypeName(m_side->layout->checkpoint().tensors[place->tensor].dtype));
    return facts;
}

void ElementReader::start()
{
    if (m_running || !m_facts || !m_wanted || !m_edited || !m_facts->value.isEmpty() || !m_facts->trouble.isEmpty())
        return;
    m_running = true;
    m_tasks.runAlways<Read>({},
        [layout = m_side ? m_side->layout : m_layout, edited = m_side ? m_side->vector : *m_edited, index = *m_wanted](
            const Job& job) { return readOne(*layout, edited, index, job); },
        [this](const Read& read, bool cancelled) {
            m_running = false;
            if (!cancelled && m_facts && m_facts->index == read.index) {
                m_facts->value = toQt(read.value);
                m_facts->bits = toQt(read.bits);
                m_facts->trouble = read.error ? sentenceOf(*read.error) : read.value.empty() ? tr("cannot be read") : QString();
                Q_EMIT changed();
            }
            start(); // the pointer may have moved on
        });
}

} // namespace ravel
