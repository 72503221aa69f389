// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/lessontables.h"

#include "checkpoint/geometry.h"
#include "items/lessonshapes.h"
#include "items/qtext.h"
#include "layout/walk.h"

#include <algorithm>
#include <limits>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

enum Outcome { Rows, OneRow, Other, Fails };

struct Expression {
    QString text;
    std::vector<TorchChain::Call> calls;
};

std::vector<Expression> expressions()
{
    return { { u"x.flatten(1)"_s, { { ViewCall::Flatten, { 1, -1 } } } },
        { u"x.flatten()"_s, { { ViewCall::Flatten, { 0, -1 } } } },
        { u"x.squeeze().flatten(1)"_s, { { ViewCall::Squeeze, {} }, { ViewCall::Flatten, { 1, -1 } } } },
        { u"x.transpose(0, 1).view(-1)"_s, { { ViewCall::Transpose, { 0, 1 } }, { ViewCall::View, { -1 } } } } };
}

Outcome outcomeOf(const ViewAnswer& answer, std::int64_t batch, std::int64_t sample)
{
    if (!answer.error.empty())
        return Fails;
    if (answer.shape == std::vector { batch, sample })
        return Rows;
    return answer.shape == std::vector { batch * sample } ? OneRow : Other;
}

} // namespace

QString BatchTask::title() const { return tr("Batch of One"); }

QString BatchTask::words() const
{
    return tr("x is a batch: this tensor, stacked so many times. Each call is meant to give one row for each of them. Predict every line for a batch of one, then for a larger one.");
}

std::vector<std::int64_t> BatchTask::shape() const
{
    std::vector<std::int64_t> shape = m_lesson.subject()->shape;
    shape.insert(shape.begin(), m_batch);
    return shape;
}

// The tensor, so many times over.
LessonScene BatchTask::scene() const
{
    const LessonSubject& subject = *m_lesson.subject();
    LessonScene scene = LessonTask::scene();
    scene.shape = shape();
    scene.order.insert(scene.order.begin(), 0);
    scene.stride.insert(scene.stride.begin(), subject.numel);
    scene.at.insert(scene.at.begin(), 0);
    scene.batch = m_batch;
    return scene;
}

void BatchTask::restart()
{
    cancelAsking();
    m_questions.clear();
    m_batch = 1;
    Q_EMIT changed();
}

// Its numbers can still be counted.
int BatchTask::largest() const
{
    const std::int64_t fits = std::numeric_limits<std::int64_t>::max() / (m_lesson.subject()->numel * dtypeSize(m_lesson.subject()->facts().dtype));
    return static_cast<int>(std::clamp<std::int64_t>(fits, 1, most));
}

void BatchTask::reveal()
{
    if (m_lesson.predicts())
        return TableTask::reveal();
    for (auto& [n, asked] : m_questions)
        for (LessonQuestion& question : asked)
            question.shown = question.shown || question.open();
    Q_EMIT changed();
}

void BatchTask::enter()
{
    if (questions().empty())
        ask();
}

void BatchTask::setBatch(int n)
{
    if (n == m_batch || n < 1 || n > largest())
        return;
    m_batch = n;
    if (questions().empty())
        ask();
    else
        Q_EMIT changed();
}

void BatchTask::ask()
{
    const LessonSubject& subject = *m_lesson.subject();
    // What was asked of another batch, and not answered yet, is asked again when it comes back.
    std::erase_if(m_questions, [](const auto& asked) { return !asked.second.empty() && asked.second.front().right < 0; });
    const QStringList choices { tr("one row for each"), tr("all in one row"), tr("another shape"), tr("an error") };
    const std::vector<std::int64_t> batch = shape();
    std::vector<TorchChain> chains;
    questions().clear();
    for (const Expression& expression : expressions()) {
        questions().push_back({ expression.text, {}, choices, -1, -1, {}, !m_lesson.predicts(), true, true });
        chains.push_back({ subject.facts().dtype, batch, contiguousStride(batch), expression.calls });
    }
    askTorch(chains, [this, n = m_batch, sample = subject.numel](const std::vector<ViewAnswer>& answers) {
        std::vector<LessonQuestion>& asked = m_questions[n];
        for (std::size_t i = 0; i < asked.size(); ++i) {
            asked[i].right = outcomeOf(answers[i], n, sample);
            asked[i].words = answers[i].error.empty() ? tr("shape %1").arg(shapeText(answers[i].shape)) : toQt(answers[i].error);
        }
    });
    Q_EMIT changed();
}

bool BatchTask::solved()
{
    const auto all = [this](int n) {
        const auto found = m_questions.find(n);
        return found != m_questions.end() && !found->second.empty()
            && std::all_of(found->second.begin(), found->second.end(), [](const auto& q) { return q.state() == Guess::Right; });
    };
    return all(1) && (all(2) || all(3) || all(4));
}

QString BatchTask::why() const
{
    bool one = false, more = false;
    for (const auto& [n, asked] : m_questions) {
        if (!asked.empty() && asked.front().right >= 0 && asked.front().right != Rows)
            return asked.front().open() ? QString() : tr("A number alone has no rows: select a tensor with dimensions.");
        const bool closed = !asked.empty() && std::none_of(asked.begin(), asked.end(), [](const auto& q) { return q.open(); });
        (n == 1 ? one : more) |= closed;
    }
    if (!one || !more)
        return {};
    return tr("With one in the batch its dimension has size 1: squeeze drops it as if it were not meant, and its stride is never taken, so that view passes after a "
              "transpose. Try code on a batch of two, and name the dimension: flatten(1) is right for any batch.");
}

} // namespace ravel
