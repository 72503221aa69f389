// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lessonpane.h"

#include <QBoxLayout>
#include <QCheckBox>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QStackedWidget>
#include <QTabBar>

#include "items/lessontables.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/elidedlabel.h"
#include "widgets/lessonpages.h"
#include "widgets/lessonpicture.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int besideFrom = 38; // average characters of width, twice: below it the page stands under the picture

} // namespace

LessonPane::LessonPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_lesson(new Lesson(session, this))
    , m_tabs(new QTabBar(this))
    , m_subject(new ElidedLabel(Qt::ElideLeft, this))
    , m_done(new QLabel(this))
    , m_message(new QLabel(this))
    , m_body(new QWidget(this))
    , m_split(new QBoxLayout(QBoxLayout::LeftToRight, m_body))
    , m_picture(new LessonPicture(session, m_body))
    , m_pages(new QStackedWidget(m_body))
{
    setAccessibleName(tr("Lesson on flatten and unflatten"));
    m_tabs->setAccessibleName(tr("Steps of the lesson"));
    m_tabs->setObjectName(u"lessonSteps"_s);
    m_tabs->setDrawBase(false);
    m_tabs->setExpanding(false);
    m_tabs->setUsesScrollButtons(true);
    m_subject->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    m_message->setAlignment(Qt::AlignCenter);
    m_message->setWordWrap(true);
    m_message->setTextFormat(Qt::PlainText);
    m_split->setContentsMargins(0, 0, 0, 0);
    m_split->setSpacing(4);
    m_split->addWidget(m_picture, 11);
    m_split->addWidget(m_pages, 9);
    for (const LessonStep step : allLessonSteps) {
        m_tabs->addTab(QString());
        connect(&m_lesson->task(step), &LessonTask::changed, this, [this, step] {
            if (step == m_lesson->step())
                refill();
        });
    }
    auto* head = new QHBoxLayout;
    head->addWidget(m_subject, 1);
    head->addWidget(m_done);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 2, 4, 2);
    column->setSpacing(3);
    column->addWidget(m_tabs);
    column->addLayout(head);
    column->addWidget(m_body, 1);
    column->addWidget(m_message, 1);
    column->addWidget(makeFoot());
    connect(m_tabs, &QTabBar::currentChanged, this, [this](int at) { m_lesson->setStep(allLessonSteps[static_cast<std::size_t>(at)]); });
    connect(m_lesson, &Lesson::stepChanged, this, &LessonPane::showStep);
    connect(m_lesson, &Lesson::subjectChanged, this, &LessonPane::refill);
    connect(m_lesson, &Lesson::numbersChanged, m_picture, &LessonPicture::outdate);
    connect(m_lesson, &Lesson::doneChanged, this, &LessonPane::tellDone);
    connect(m_lesson, &Lesson::predictsChanged, this, &LessonPane::refill);
    connect(m_picture, &LessonPicture::picked, m_lesson, &Lesson::pick);
    connect(m_picture, &LessonPicture::hovered, m_lesson, &Lesson::hover);
    tellDone();
    showStep();
}

QWidget* LessonPane::makeFoot()
{
    auto* foot = new QWidget(this);
    auto* row = new QHBoxLayout(foot);
    row->setContentsMargins(0, 0, 0, 0);
    m_predicts = new QCheckBox(tr("Predict first"), foot);
    m_predicts->setToolTip(tr("Answers stay hidden until they are predicted, or revealed. A step is done when its predictions were right."));
    m_reveal = new QPushButton(tr("Reveal"), foot);
    m_reveal->setToolTip(tr("Shows the answer. It does not complete the step: take another."));
    m_another = new QPushButton(tr("Another"), foot);
    row->addWidget(m_predicts);
    row->addStretch(1);
    row->addWidget(m_reveal);
    row->addWidget(m_another);
    connect(m_predicts, &QCheckBox::toggled, m_lesson, &Lesson::setPredicts);
    connect(m_reveal, &QPushButton::clicked, this, [this] {
        if (m_lesson->subject())
            m_lesson->task().reveal();
    });
    connect(m_another, &QPushButton::clicked, this, [this] {
        if (m_lesson->subject())
            m_lesson->task().another();
    });
    return foot;
}

// Made when it is first asked for: a start of the program need not wait for them.
LessonPage* LessonPane::page(LessonStep step)
{
    LessonPage*& made = m_made[static_cast<std::size_t>(step)];
    if (!made) {
        auto* scroll = new QScrollArea(m_pages);
        scroll->setWidgetResizable(true);
        scroll->setFrameShape(QFrame::NoFrame);
        scroll->setAccessibleName(m_lesson->task(step).title());
        made = makeLessonPage(*m_lesson, step, scroll);
        scroll->setWidget(made);
        m_pages->addWidget(scroll);
    }
    return made;
}

QString LessonPane::message() const { return m_message->isHidden() ? QString() : m_message->text(); }
QSize LessonPane::sizeHint() const { return { 420, 240 }; }
QSize LessonPane::minimumSizeHint() const { return { 200, fontMetrics().height() * 9 }; }

void LessonPane::tellDone()
{
    for (const LessonStep step : allLessonSteps) {
        const int at = static_cast<int>(step);
        const QString title = m_lesson->task(step).title();
        m_tabs->setTabText(at, m_lesson->done(step) ? u"✓ "_s + title : title);
        m_tabs->setTabToolTip(at, m_lesson->done(step) ? tr("%1: done").arg(title) : tr("%1: not done yet").arg(title));
    }
    const int done = m_lesson->doneCount(), all = static_cast<int>(allLessonSteps.size());
    m_done->setText(done == all ? tr("✓ all %1 steps done").arg(all) : tr("%1 of %2 steps done").arg(done).arg(all));
}

void LessonPane::showStep()
{
    m_tabs->setCurrentIndex(static_cast<int>(m_lesson->step()));
    // A template has no picture; its many questions take the room.
    const bool pictured = m_lesson->step() != LessonStep::Templates;
    m_picture->setVisible(pictured);
    setFocusProxy(pictured ? static_cast<QWidget*>(m_picture) : m_tabs);
    refill();
}

void LessonPane::refill()
{
    const std::optional<LessonSubject>& subject = m_lesson->subject();
    m_body->setVisible(subject.has_value());
    m_message->setVisible(!subject);
    m_message->setText(m_lesson->trouble().isEmpty() ? tr("Select a tensor to take it apart here.") : m_lesson->trouble());
    m_reveal->setEnabled(subject && m_lesson->predicts());
    m_another->setEnabled(subject.has_value());
    const QSignalBlocker blocker(m_predicts);
    m_predicts->setChecked(m_lesson->predicts());
    if (!subject) {
        m_subject->clear();
        m_picture->clear();
        return;
    }
    m_subject->setText(tr("%1   %2, stride %3").arg(subject->name, shapeText(subject->shape), shapeText(subject->stride)));
    m_picture->setScene(*subject, m_lesson->task().scene());
    LessonPage* shown = page(m_lesson->step());
    m_pages->setCurrentWidget(shown->parentWidget()->parentWidget()); // its scroll area
    shown->refill();
}

void LessonPane::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    m_lesson->setActive(true);
    refill();
}

void LessonPane::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_lesson->setActive(false);
}

void LessonPane::resizeEvent(QResizeEvent* event)
{
    QWidget::resizeEvent(event);
    const bool beside = width() >= 2 * besideFrom * fontMetrics().averageCharWidth();
    m_split->setDirection(beside ? QBoxLayout::LeftToRight : QBoxLayout::TopToBottom);
}

} // namespace ravel
