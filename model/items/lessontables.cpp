// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/lessontables.h"

#include "checkpoint/geometry.h"
#include "items/lessonshapes.h"
#include "items/qtext.h"
#include "items/session.h"
#include "layout/walk.h"

#include <algorithm>
#include <utility>

using namespace Qt::StringLiterals;

namespace ravel {

Guess LessonQuestion::state() const
{
    if (shown)
        return Guess::Shown;
    if (guess < 0 || right < 0)
        return Guess::None;
    return guess == right ? Guess::Right : Guess::Wrong;
}

TableTask::TableTask(Lesson& lesson)
    : LessonTask(lesson)
{
}

TableTask::~TableTask() { cancelAsking(); }

void TableTask::guess(int question, int choice)
{
    LessonQuestion& asked = questions().at(static_cast<std::size_t>(question));
    if (!asked.open() || choice < 0 || choice >= asked.choices.size())
        return;
    asked.guess = choice;
    answered();
}

void TableTask::reveal()
{
    for (LessonQuestion& question : questions())
        question.shown = question.shown || question.open();
    Q_EMIT changed();
}

void TableTask::another()
{
    for (LessonQuestion& question : questions()) {
        question.guess = -1;
        question.shown = !m_lesson.predicts();
    }
    Q_EMIT changed();
}

void TableTask::answered()
{
    if (solved())
        complete();
    Q_EMIT changed();
}

void TableTask::cancelAsking()
{
    if (m_asking)
        m_asking->cancel();
    m_asking.reset();
}

void TableTask::askTorch(const std::vector<TorchChain>& chains, std::function<void(const std::vector<ViewAnswer>&)> done)
{
    cancelAsking();
    m_trouble.clear();
    using Answers = Result<std::vector<ViewAnswer>>;
    m_asking = m_lesson.session().tasks()->run<Answers>(
        {}, [chains](const Job&) { return answerChains(chains); },
        [this, done = std::move(done)](const Answers& answers) {
            m_asking.reset();
            if (answers)
                done(*answers);
            else
                m_trouble = loadedTorchPlugin() ? tr("LibTorch cannot be asked about this tensor. %1").arg(sentenceOf(answers.error()))
                                                : tr("LibTorch itself would answer, but it is not there. %1").arg(sentenceOf(answers.error()));
            answered();
        });
}

QString ContiguityTask::title() const { return tr("Contiguity"); }

QString ContiguityTask::words() const
{
    return tr("transpose exchanges two strides and moves no number. Reading t row by row then jumps to and fro in memory, and view, which may not copy, finds no strides for "
              "some shapes. What do the three calls do? LibTorch itself answers.");
}

std::vector<std::int64_t> ContiguityTask::shape() const
{
    std::vector<std::int64_t> shape = m_lesson.subject()->shape;
    if (!shape.empty())
        std::swap(shape[static_cast<std::size_t>(m_dims.first)], shape[static_cast<std::size_t>(m_dims.second)]);
    return shape;
}

std::vector<std::int64_t> ContiguityTask::stride() const
{
    std::vector<std::int64_t> stride = m_lesson.subject()->stride;
    if (!stride.empty())
        std::swap(stride[static_cast<std::size_t>(m_dims.first)], stride[static_cast<std::size_t>(m_dims.second)]);
    return stride;
}

LessonScene ContiguityTask::scene() const
{
    LessonScene scene = LessonTask::scene();
    scene.shape = shape();
    scene.stride = stride();
    if (!scene.shape.empty()) {
        const auto a = static_cast<std::size_t>(m_dims.first), b = static_cast<std::size_t>(m_dims.second);
        std::swap(scene.order[a], scene.order[b]);
        std::swap(scene.at[a], scene.at[b]);
    }
    scene.memory = scene.places = scene.path = true;
    return scene;
}

void ContiguityTask::restart()
{
    const LessonSubject& subject = *m_lesson.subject();
    cancelAsking();
    m_questions.clear();
    m_contiguous.reset();
    m_target = { -1 };
    // The last two that have more than one place: exchanging them breaks contiguity.
    m_dims = { 0, 0 };
    for (int d = static_cast<int>(subject.shape.size()) - 1, found = 0; d >= 0 && found < 2; --d)
        if (subject.shape[static_cast<std::size_t>(d)] > 1)
            (found++ == 0 ? m_dims.second : m_dims.first) = d;
    Q_EMIT changed();
}

void ContiguityTask::enter()
{
    if (m_questions.empty())
        ask();
}

void ContiguityTask::setDims(int a, int b)
{
    if (m_dims == std::pair(a, b))
        return;
    m_dims = { a, b };
    ask();
}

bool ContiguityTask::setTarget(const QString& shape)
{
    const auto numbers = parseNumbers(shape.toStdString());
    if (!numbers)
        return false;
    if (*numbers != m_target) {
        m_target = *numbers;
        ask();
    }
    return true;
}

QString ContiguityTask::target() const
{
    QStringList sizes;
    for (const std::int64_t size : m_target)
        sizes << QString::number(size);
    return m_target.empty() ? u"()"_s : sizes.join(u", "_s);
}

void ContiguityTask::ask()
{
    const LessonSubject& subject = *m_lesson.subject();
    const QStringList choices { tr("a view"), tr("a copy"), tr("an error") };
    m_questions.clear();
    for (const QString& call : { u"t.view(%1)"_s.arg(target()), u"t.reshape(%1)"_s.arg(target()), u"t.contiguous()"_s })
        m_questions.push_back({ call, {}, choices, -1, -1, {}, !m_lesson.predicts(), true, true });
    m_contiguous.reset();
    std::vector<TorchChain> chains(4, { subject.facts().dtype, subject.shape, subject.stride, {} });
    if (!subject.shape.empty())
        for (TorchChain& chain : chains)
            chain.calls.push_back({ ViewCall::Transpose, { m_dims.first, m_dims.second } });
    chains[0].calls.push_back({ ViewCall::View, m_target });
    chains[1].calls.push_back({ ViewCall::Reshape, m_target });
    chains[2].calls.push_back({ ViewCall::Contiguous, {} });
    if (subject.shape.empty())
        chains[3].calls.push_back({ ViewCall::Contiguous, {} });
    askTorch(chains, [this](const std::vector<ViewAnswer>& answers) {
        for (std::size_t i = 0; i < m_questions.size(); ++i) {
            m_questions[i].right = !answers[i].error.empty() ? 2 : answers[i].shared ? 0 : 1;
            m_questions[i].words = torchLine(answers[i]);
        }
        m_contiguous = answers[3].contiguous;
    });
    Q_EMIT changed();
}

bool ContiguityTask::solved()
{
    return m_contiguous == false && std::all_of(m_questions.begin(), m_questions.end(), [](const auto& q) { return q.state() == Guess::Right; });
}

} // namespace ravel
