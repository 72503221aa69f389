// SPDX-License-Identifier: GPL-3.0-or-later
#include <QLocale>
#include <QRandomGenerator>

#include "items/lessonshapes.h"

#include "checkpoint/geometry.h"
#include "items/qtext.h"
#include "items/session.h"

#include <algorithm>

namespace ravel {

namespace {

std::optional<std::vector<std::int64_t>> numbersIn(const QString& text) { return parseNumbers(text.toStdString()); }

// One, as people type it or as the window shows it.
std::optional<std::int64_t> numberIn(const QString& text)
{
    bool ok = false;
    const qlonglong shown = QLocale().toLongLong(text.trimmed(), &ok);
    if (ok)
        return shown;
    const auto numbers = numbersIn(text);
    return numbers && numbers->size() == 1 ? std::optional(numbers->front()) : std::nullopt;
}

} // namespace

QString torchLine(const ViewAnswer& answer)
{
    if (!answer.error.empty())
        return toQt(answer.error);
    const QString shape = shapeText(answer.shape), stride = shapeText(answer.stride);
    return answer.shared ? Lesson::tr("shape %1, stride %2; the same storage, nothing was copied").arg(shape, stride)
                         : Lesson::tr("shape %1, stride %2; a storage of its own: the numbers were copied").arg(shape, stride);
}

void ElementTask::renew()
{
    m_state = Guess::None;
    m_answer.clear();
    Q_EMIT changed();
}

void ElementTask::reveal()
{
    if (known())
        return;
    m_state = Guess::Shown;
    m_answer.clear();
    if (m_lesson.predicts())
        m_lesson.light();
    Q_EMIT changed();
}

void ElementTask::another() { m_lesson.pickAnother(); }

void ElementTask::right()
{
    m_state = Guess::Right;
    m_answer = tr("Right.");
    m_lesson.light();
    complete();
}

QString IndexTask::title() const { return tr("Index"); }

QString IndexTask::words() const
{
    QString words = tr("Flatten lays the tensor's elements in one row, the last index running fastest. An element stands at the sum of each index times its stride: as "
                       "many places as one step along that dimension takes. Click an element of the grid. At which place of the row does it stand?");
    if (m_lesson.subject() && !m_lesson.subject()->contiguous())
        words += u' ' + tr("(The strides below are those of the row; in its storage this tensor has others.)");
    return words;
}

LessonScene IndexTask::scene() const
{
    LessonScene scene = LessonTask::scene();
    scene.litOnStrip = known();
    return scene;
}

void IndexTask::guess(const QString& text)
{
    const LessonSubject& subject = *m_lesson.subject();
    const auto guessed = numberIn(text);
    const std::int64_t place = subject.place();
    if (known())
        return;
    if (!guessed) {
        m_answer = tr("That is no number.");
    } else if (*guessed == place || (subject.offset && FlatIndex(*guessed) == *subject.flat())) {
        right();
    } else {
        m_state = Guess::Wrong;
        m_answer = *guessed < 0 || *guessed >= subject.numel
            ? tr("%1 is outside: the tensor has places 0 to %2.").arg(countText(*guessed), countText(subject.numel - 1))
            : tr("No: at place %1 stands %2.").arg(countText(*guessed), indexText(coordinatesAt(*guessed, subject.shape)));
    }
    Q_EMIT changed();
}

std::vector<WalkTerm> IndexTask::terms() const { return walkTerms(m_lesson.subject()->at, m_lesson.subject()->order); }

FlattenTask::~FlattenTask()
{
    if (m_asking)
        m_asking->cancel();
}

QString FlattenTask::title() const { return tr("Flatten"); }

QString FlattenTask::words() const
{
    const QString what = tr("flatten(start_dim, end_dim) makes one dimension of several. The row below stays as it is, it is only read with fewer indices.");
    const QString numbers = m_lesson.subject() && !m_lesson.subject()->contiguous()
        ? tr("(This tensor does not stand row by row in its storage: in memory, torch may have to copy it.)")
        : tr("Not a number moves.");
    return what + u' ' + numbers + u' ' + tr("Move the sliders. What shape comes of it?");
}

LessonScene FlattenTask::scene() const
{
    LessonScene scene = LessonTask::scene();
    if (known() && possible()) {
        scene.shape = after();
        scene.order = scene.stride = contiguousStride(scene.shape);
        scene.at = indexAfter();
    }
    return scene;
}

void FlattenTask::restart()
{
    const int last = std::max(0, static_cast<int>(m_lesson.subject()->shape.size()) - 1);
    m_start = std::min(m_start, last);
    m_end = m_start == 0 && m_end == 0 ? std::min(1, last) : std::min(m_end, last);
    if (m_asking)
        m_asking->cancel();
    m_state = Guess::None;
    m_answer.clear();
    m_torch.clear();
    Q_EMIT changed();
}

void FlattenTask::enter() { ask(); }

void FlattenTask::setDims(int start, int end)
{
    if (start == m_start && end == m_end)
        return;
    m_start = start;
    m_end = end;
    m_state = m_lesson.predicts() ? Guess::None : Guess::Shown;
    m_answer.clear();
    m_torch.clear();
    ask();
    Q_EMIT changed();
}

void FlattenTask::guess(const QString& text)
{
    if (known() || !possible())
        return;
    const auto shape = numbersIn(text);
    const std::vector<std::int64_t> right = after();
    if (!shape) {
        m_answer = tr("A shape is a list of sizes, such as (6, 4).");
    } else if (*shape == right) {
        m_state = Guess::Right;
        m_answer = tr("Right.");
        if (m_end > m_start)
            complete();
        else if (m_lesson.subject()->shape.size() < 2)
            m_answer = tr("Right, but there is nothing to join: select a tensor of two dimensions or more.");
        else
            m_answer = tr("Right, though one dimension alone was flattened: take two or more.");
    } else {
        m_state = Guess::Wrong;
        std::int64_t product = 1;
        const bool counts = std::all_of(shape->begin(), shape->end(), [&](std::int64_t size) { return size >= 0 && checkedMultiply(product, size, product); });
        m_answer = !counts || product != m_lesson.subject()->numel ? tr("No: those sizes do not hold %1 elements.").arg(countText(m_lesson.subject()->numel))
                                                        : tr("No: it holds as many elements, but other dimensions are joined.");
    }
    Q_EMIT changed();
}

void FlattenTask::reveal()
{
    if (m_state == Guess::Right)
        return;
    m_state = Guess::Shown;
    m_answer.clear();
    ask();
    Q_EMIT changed();
}

void FlattenTask::another()
{
    const int n = static_cast<int>(m_lesson.subject()->shape.size());
    if (n < 2)
        return;
    int start = m_start, end = m_end;
    for (int tries = 0; tries < 100 && start == m_start && end == m_end; ++tries) {
        start = QRandomGenerator::global()->bounded(n - 1);
        end = start + 1 + QRandomGenerator::global()->bounded(n - 1 - start);
    }
    if (start == m_start && end == m_end) {
        restart();
        m_state = m_lesson.predicts() ? Guess::None : Guess::Shown;
        ask();
        Q_EMIT changed();
        return;
    }
    setDims(start, end);
}

std::vector<std::int64_t> FlattenTask::after() const
{
    return flattenedShape(m_lesson.subject()->shape, static_cast<std::size_t>(m_start), static_cast<std::size_t>(m_end));
}

std::vector<std::int64_t> FlattenTask::indexAfter() const
{
    const LessonSubject& subject = *m_lesson.subject();
    return flattenedCoordinates(subject.at, subject.shape, static_cast<std::size_t>(m_start), static_cast<std::size_t>(m_end));
}

void FlattenTask::ask()
{
    if (m_asking)
        m_asking->cancel();
    const LessonSubject& subject = *m_lesson.subject();
    const TorchChain chain { subject.facts().dtype, subject.shape, subject.stride, { { ViewCall::Flatten, { m_start, m_end } } } };
    m_asking = m_lesson.session().tasks()->run<Result<std::vector<ViewAnswer>>>(
        {}, [chain](const Job&) { return answerChains({ chain }); },
        [this](const Result<std::vector<ViewAnswer>>& answers) {
            m_torch = answers ? torchLine(answers->front()) : sentenceOf(answers.error());
            Q_EMIT changed();
        });
}

QString UnflattenTask::title() const { return tr("Unflatten"); }

QString UnflattenTask::words() const
{
    return tr("Unflatten is the same walk backwards. The template says which tensor a place of the vector falls into; take its offset away, divide by the first stride, and the "
              "quotient is the first index; go on with the rest. Click a place of the row. Which index has its element?");
}

LessonScene UnflattenTask::scene() const
{
    LessonScene scene = LessonTask::scene();
    scene.litInGrid = known();
    return scene;
}

void UnflattenTask::guess(const QString& text)
{
    if (known())
        return;
    const LessonSubject& subject = *m_lesson.subject();
    const auto index = numbersIn(text);
    if (!index) {
        m_answer = tr("An index is a list of numbers, such as [0, 1, 2].");
    } else if (*index == subject.at) {
        right();
    } else {
        m_state = Guess::Wrong;
        bool inside = index->size() == subject.shape.size();
        for (std::size_t d = 0; inside && d < index->size(); ++d)
            inside = (*index)[d] >= 0 && (*index)[d] < subject.shape[d];
        m_answer = index->size() != subject.shape.size() ? tr("No: the tensor has %n dimension(s).", nullptr, static_cast<int>(subject.shape.size()))
            : inside                                     ? tr("No: %1 stands at place %2.").arg(indexText(*index), countText(stridedPlace(*index, subject.order)))
                                                         : tr("No: that is outside of the shape %1.").arg(shapeText(subject.shape));
    }
    Q_EMIT changed();
}

std::vector<WalkDivision> UnflattenTask::divisions() const { return walkBack(m_lesson.subject()->place(), m_lesson.subject()->shape); }

std::vector<TemplateLine> UnflattenTask::lines() const
{
    const LessonSubject& subject = *m_lesson.subject();
    const FlatLayout& layout = *subject.layout;
    if (!subject.offset)
        return {};
    const auto here = layout.placedAt(*subject.offset);
    if (!here)
        return {};
    std::vector<TemplateLine> lines;
    const std::size_t last = std::min<std::size_t>(*here + 2, layout.placed().size());
    for (std::size_t p = *here > 0 ? *here - 1 : 0; p < last; ++p) {
        const Segment& segment = layout.listed()[layout.placed()[p]];
        lines.push_back({ shown(segment.name, 60), segment.offset, layout.tensor(segment).shape, p == *here });
    }
    return lines;
}

} // namespace ravel
