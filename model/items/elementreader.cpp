// SPDX-License-Identifier: GPL-3.0-or-later
#include <QStringList>

#include "items/elementreader.h"

#include "base/bits.h"
#include "base/number.h"
#include "items/maptile.h"
#include "items/qtext.h"
#include "layout/locate.h"

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

ElementReader::ElementReader(QObject* parent)
    : QObject(parent)
    , m_tasks(1)
{
}

void ElementReader::setSource(std::shared_ptr<const FlatLayout> layout, EditedVector edited)
{
    const auto wanted = m_wanted;
    clear();
    m_layout = std::move(layout);
    m_edited = std::move(edited);
    want(wanted);
}

void ElementReader::clear()
{
    m_tasks.cancelAll();
    m_layout.reset();
    m_edited.reset();
    m_wanted.reset();
    if (m_facts) {
        m_facts.reset();
        Q_EMIT changed();
    }
}

void ElementReader::want(std::optional<FlatIndex> index)
{
    if (index && m_facts && m_facts->index == *index)
        return;
    m_wanted = index;
    m_facts = index && m_layout ? factsOf(*m_layout, *index) : std::nullopt;
    Q_EMIT changed();
    start();
}

void ElementReader::start()
{
    if (m_running || !m_facts || !m_wanted || !m_edited || !m_facts->value.isEmpty() || !m_facts->trouble.isEmpty())
        return;
    m_running = true;
    m_tasks.runAlways<Read>({},
        [layout = m_layout, edited = *m_edited, index = *m_wanted](const Job& job) { return readOne(*layout, edited, index, job); },
        [this](const Read& read, bool cancelled) {
            m_running = false;
            if (!cancelled && m_facts && m_facts->index == read.index) {
                m_facts->value = toQt(read.value);
                m_facts->bits = toQt(read.bits);
                m_facts->trouble = read.error ? sentenceOf(*read.error) : QString();
                Q_EMIT changed();
            }
            start(); // the pointer may have moved on
        });
}

} // namespace ravel
