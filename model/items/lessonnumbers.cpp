// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/lessonnumbers.h"

#include "base/number.h"
#include "items/qtext.h"

#include <array>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int mostDigits = 3;           // significant
constexpr qsizetype mostCharacters = 7; // "-0.0294": cells are small
using Texts = QHash<qint64, QString>;

QString shortText(Dtype dtype, const std::byte* element)
{
    const Number number = loadNumber(dtype, element);
    if (number.kind != Number::Kind::Real)
        return toQt(elementText(dtype, element));
    QString text = numberText(number.real, mostDigits);
    for (int digits = mostDigits - 1; digits > 0 && text.size() > mostCharacters; --digits)
        text = numberText(number.real, digits);
    return text;
}

// One by one: they are few, and may stand far apart.
Texts readAll(const EditedVector& source, TensorOrdinal tensor, const std::vector<StorageIndex>& wanted, const Job& job)
{
    const Tensor& facts = source.checkpoint().tensors[tensor];
    Texts texts;
    std::array<std::byte, 16> element {};
    for (const StorageIndex index : wanted) {
        if (job.cancelled())
            break;
        const bool read = source.read(facts.storage, index, Count(1), element.data()).has_value();
        texts.insert(index.value, read ? shortText(facts.dtype, element.data()) : u"?"_s);
    }
    return texts;
}

} // namespace

LessonNumbers::LessonNumbers(Tasks& tasks, QObject* parent)
    : QObject(parent)
    , m_tasks(tasks)
{
}

LessonNumbers::~LessonNumbers() { clear(); }

void LessonNumbers::setSource(EditedVector source, TensorOrdinal tensor)
{
    clear();
    m_source = std::move(source);
    m_tensor = tensor;
}

void LessonNumbers::clear()
{
    if (m_reading)
        m_reading->cancel();
    m_reading.reset();
    m_texts.clear();
    m_source.reset();
}

void LessonNumbers::want(std::vector<StorageIndex> wanted)
{
    if (!m_source)
        return;
    if (m_reading)
        m_reading->cancel();
    m_reading.reset();
    std::erase_if(wanted, [this](StorageIndex index) { return m_texts.contains(index.value); });
    if (wanted.empty())
        return;
    m_reading = m_tasks.run<Texts>(
        {}, [source = *m_source, tensor = m_tensor, wanted](const Job& job) { return readAll(source, tensor, wanted, job); },
        [this](const Texts& texts) {
            m_reading.reset();
            m_texts.insert(texts);
            Q_EMIT arrived();
        });
}

QString LessonNumbers::text(StorageIndex index) const { return m_texts.value(index.value); }

} // namespace ravel
