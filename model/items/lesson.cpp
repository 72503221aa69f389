// SPDX-License-Identifier: GPL-3.0-or-later
#include <QRandomGenerator>
#include <QSettings>

#include "items/lesson.h"

#include "items/lessonshapes.h"
#include "items/lessontables.h"
#include "items/session.h"
#include "layout/walk.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

const QString doneKey = u"lesson/done"_s, predictsKey = u"lesson/predicts"_s;
constexpr std::int64_t easy = 8; // coordinates below this are asked for

// In settings: a name, so that steps may come and go.
QString idOf(LessonStep step)
{
    constexpr std::array ids { "index"_L1, "flatten"_L1, "contiguity"_L1, "batch"_L1, "unflatten"_L1, "templates"_L1 };
    static_assert(ids.size() == allLessonSteps.size());
    return ids[static_cast<std::size_t>(step)];
}

} // namespace

LessonTask::LessonTask(Lesson& lesson)
    : QObject(&lesson)
    , m_lesson(lesson)
{
}

LessonScene LessonTask::scene() const
{
    const LessonSubject& subject = *m_lesson.subject();
    LessonScene scene;
    scene.shape = subject.shape;
    scene.order = scene.stride = subject.order;
    scene.at = subject.at;
    scene.row = subject.shape.empty() ? 1 : subject.shape.back();
    return scene;
}

void LessonTask::complete() { m_lesson.complete(*this); }

Lesson::Lesson(Session& session, QObject* parent)
    : QObject(parent)
    , m_session(session)
    , m_done(QSettings().value(doneKey).toStringList())
    , m_predicts(QSettings().value(predictsKey, true).toBool())
    , m_index(new IndexTask(*this))
    , m_flatten(new FlattenTask(*this))
    , m_contiguity(new ContiguityTask(*this))
    , m_batch(new BatchTask(*this))
    , m_unflatten(new UnflattenTask(*this))
    , m_templates(new TemplateTask(*this))
{
    connect(session.selection(), &SelectionModel::changed, this, &Lesson::follow);
    connect(&session, &Session::layoutChanged, this, [this] {
        m_subject.reset(); // of another layout, or another file
        m_trouble.clear();
        follow();
        if (!m_subject)
            Q_EMIT subjectChanged();
    });
    connect(&session, &Session::editsChanged, this, [this] {
        if (!m_subject)
            return;
        m_templates->restart();
        if (m_active)
            task().enter();
        if (!m_predicts)
            m_templates->reveal();
        Q_EMIT numbersChanged();
    });
}

Lesson::~Lesson() = default;

LessonTask& Lesson::task(LessonStep step) const
{
    const std::array<LessonTask*, allLessonSteps.size()> tasks { m_index, m_flatten, m_contiguity, m_batch, m_unflatten, m_templates };
    return *tasks[static_cast<std::size_t>(step)];
}

void Lesson::setStep(LessonStep step)
{
    if (step == m_step)
        return;
    m_step = step;
    if (m_unlit && m_subject && !asksForElement())
        light();
    if (m_subject && m_active)
        task().enter();
    Q_EMIT stepChanged();
}

bool Lesson::done(LessonStep step) const { return m_done.contains(idOf(step)); }

int Lesson::doneCount() const
{
    return static_cast<int>(std::count_if(allLessonSteps.begin(), allLessonSteps.end(), [this](LessonStep step) { return done(step); }));
}

void Lesson::complete(LessonTask& which)
{
    if (!m_predicts)
        return;
    for (const LessonStep step : allLessonSteps)
        if (&task(step) == &which && !done(step)) {
            m_done << idOf(step);
            QSettings().setValue(doneKey, m_done);
            Q_EMIT doneChanged();
        }
}

void Lesson::startOver()
{
    m_done.clear();
    QSettings().remove(doneKey);
    if (m_subject)
        for (const LessonStep step : allLessonSteps) {
            task(step).restart();
            if (!m_predicts)
                task(step).reveal();
        }
    Q_EMIT doneChanged();
    if (m_subject && m_active)
        task().enter();
    setStep(LessonStep::Index);
}

void Lesson::setPredicts(bool on)
{
    if (on == m_predicts)
        return;
    m_predicts = on;
    QSettings().setValue(predictsKey, on);
    if (m_subject)
        for (const LessonStep step : allLessonSteps)
            on ? task(step).restart() : task(step).reveal();
    if (m_subject && m_active)
        task().enter();
    Q_EMIT predictsChanged();
}

void Lesson::setActive(bool on)
{
    if (on == m_active)
        return;
    m_active = on;
    if (!on)
        return;
    follow();
    if (m_subject)
        task().enter(); // what happened meanwhile may have opened its questions again
}

// The tensor of the selection, and its first element there; with nothing selected the lesson stays where it is, or takes the layout's first tensor.
void Lesson::follow()
{
    if (!m_active || m_lighting)
        return;
    const Document* document = m_session.document();
    if (!document) {
        m_trouble.clear();
        adopt(std::nullopt);
        return;
    }
    m_unlit = false;
    const FlatLayout& layout = *document->layout();
    const std::vector<Box>& boxes = m_session.selection()->selection().boxes;
    TensorOrdinal tensor = m_subject ? m_subject->tensor : noOrdinal;
    std::vector<std::int64_t> at;
    if (!boxes.empty()) {
        tensor = boxes.front().tensor;
        for (const Slice& slice : boxes.front().slices)
            at.push_back(slice.start);
    } else if (m_subject || layout.placed().empty()) {
        if (!m_subject)
            adopt(std::nullopt);
        return;
    } else {
        const auto placed = std::find_if(layout.placed().begin(), layout.placed().end(), [&](std::uint32_t p) { return layout.listed()[p].numel.value > 0; });
        tensor = layout.listed()[placed == layout.placed().end() ? layout.placed().front() : *placed].tensor;
    }
    auto made = LessonSubject::of(document->layout(), tensor, m_trouble);
    if (made && at.size() == made->shape.size())
        made->at = at;
    adopt(std::move(made));
}

void Lesson::adopt(std::optional<LessonSubject> subject)
{
    const bool same = m_subject && subject && m_subject->layout == subject->layout && m_subject->tensor == subject->tensor;
    if (same && m_subject->at == subject->at)
        return;
    m_subject = std::move(subject);
    if (m_subject) {
        m_trouble.clear();
        for (const LessonStep step : allLessonSteps) {
            same ? task(step).renew() : task(step).restart();
            if (!m_predicts)
                task(step).reveal();
        }
        if (m_active)
            task().enter();
    } else if (m_trouble.isEmpty() && m_session.document())
        m_trouble = tr("There are no tensors in the layout.");
    Q_EMIT subjectChanged();
}

// The steps that ask where an element stands do not light it before they are answered.
bool Lesson::asksForElement() const
{
    return m_predicts && (m_step == LessonStep::Index || m_step == LessonStep::Unflatten);
}

void Lesson::pick(const std::vector<std::int64_t>& at)
{
    if (!m_subject || at.size() != m_subject->shape.size())
        return;
    LessonSubject next = *m_subject;
    next.at = at;
    adopt(next);
    m_unlit = true;
    if (!asksForElement())
        light();
}

void Lesson::pickAnother()
{
    if (!m_subject || m_subject->numel < 2)
        return;
    std::vector<std::int64_t> at = m_subject->at;
    for (int tries = 0; tries < 100 && at == m_subject->at; ++tries)
        for (std::size_t d = 0; d < at.size(); ++d)
            at[d] = QRandomGenerator::global()->bounded(qint64(std::min(m_subject->shape[d], easy)));
    pick(at);
}

void Lesson::light()
{
    if (!m_subject)
        return;
    Box box { m_subject->tensor, {} };
    for (const std::int64_t coordinate : m_subject->at)
        box.slices.push_back({ coordinate, 1, 1, true });
    m_unlit = false;
    m_lighting = true;
    m_session.selection()->select({ { box }, std::nullopt });
    m_lighting = false;
}

void Lesson::hover(std::optional<std::int64_t> place)
{
    std::optional<FlatIndex> at;
    if (place && m_subject && m_subject->offset) {
        // Where the element stands is asked: pointing at it does not tell.
        const bool asked = *place == m_subject->place() && asksForElement() && task().asksNow();
        if (!asked)
            at = *m_subject->offset + Count(*place);
    }
    m_session.selection()->hover(at);
}

} // namespace ravel
