// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/lessonpages.h"

#include <QComboBox>
#include <QEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>

#include "items/lessonshapes.h"
#include "items/lessontables.h"
#include "items/qtext.h"
#include "widgets/answerrow.h"
#include "widgets/lessontext.h"
#include "widgets/questiontable.h"

using namespace Qt::StringLiterals;

namespace ravel {

LessonPage::LessonPage(Lesson& lesson, LessonStep step, QWidget* parent)
    : QWidget(parent)
    , m_lesson(lesson)
    , m_step(step)
    , m_column(new QVBoxLayout(this))
    , m_words(addText())
{
    m_column->setContentsMargins(8, 6, 8, 6);
    m_column->setSpacing(7);
}

void LessonPage::refill()
{
    m_words->setText(m_lesson.task(m_step).words());
    fill();
}

QLabel* LessonPage::addText(bool rich)
{
    auto* label = new QLabel(this);
    label->setTextFormat(rich ? Qt::RichText : Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_column->addWidget(label);
    return label;
}

void LessonPage::addAnswer(const QString& prompt, const QString& example)
{
    m_answer = new AnswerRow(prompt, example, this);
    m_column->addWidget(m_answer);
}

void LessonPage::addTable(TableTask& task)
{
    m_table = new QuestionTable(task, this);
    m_column->addWidget(m_table);
}

QSlider* LessonPage::addSlider(const QString& name, QLabel*& value)
{
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(name, this);
    auto* slider = new QSlider(Qt::Horizontal, this);
    slider->setPageStep(1);
    slider->setTickPosition(QSlider::TicksBelow);
    slider->setAccessibleName(name);
    label->setBuddy(slider);
    value = new QLabel(this);
    value->setMinimumWidth(value->fontMetrics().horizontalAdvance(u"00 (−00)"_s));
    row->addWidget(label);
    row->addWidget(slider, 1);
    row->addWidget(value);
    m_column->addLayout(row);
    return slider;
}

QString LessonPage::arithmetic() const { return m_arithmetic ? m_arithmetic->text() : QString(); }

void LessonPage::changeEvent(QEvent* event)
{
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange && m_lesson.subject())
        refill(); // muted texts take their colour from it
}

namespace {

bool known(Guess state) { return state == Guess::Right || state == Guess::Shown; }

class IndexPage final : public LessonPage {
public:
    IndexPage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Index, parent)
    {
        m_arithmetic = addText(true);
        addAnswer(tr("Place"), tr("a number"));
        m_column->addStretch(1);
        connect(m_answer, &AnswerRow::guessed, this, [this](const QString& text) { m_lesson.index().guess(text); });
    }
    void fill() override
    {
        const IndexTask& task = m_lesson.index();
        m_arithmetic->setText(walkText(*m_lesson.subject(), task.terms(), known(task.state())));
        m_answer->setState(task.state(), task.answer());
    }
};

class UnflattenPage final : public LessonPage {
public:
    UnflattenPage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Unflatten, parent)
    {
        m_arithmetic = addText(true);
        addAnswer(tr("Index"), tr("such as [0, 1, 2]"));
        m_column->addStretch(1);
        connect(m_answer, &AnswerRow::guessed, this, [this](const QString& text) { m_lesson.unflatten().guess(text); });
    }
    void fill() override
    {
        const UnflattenTask& task = m_lesson.unflatten();
        m_arithmetic->setText(walkBackText(*m_lesson.subject(), task.divisions(), task.lines(), known(task.state())));
        m_answer->setState(task.state(), task.answer());
    }
};

class FlattenPage final : public LessonPage {
public:
    FlattenPage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Flatten, parent)
    {
        m_start = addSlider(u"start_dim"_s, m_startText);
        m_end = addSlider(u"end_dim"_s, m_endText);
        m_start->setObjectName(u"lessonStart"_s);
        m_end->setObjectName(u"lessonEnd"_s);
        m_arithmetic = addText(true);
        addAnswer(tr("Shape"), tr("such as (6, 4)"));
        m_torch = addText();
        m_torch->setAccessibleName(tr("What LibTorch says"));
        m_column->addStretch(1);
        for (QSlider* slider : { m_start, m_end })
            connect(slider, &QSlider::valueChanged, this, [this] { m_lesson.flatten().setDims(m_start->value(), m_end->value()); });
        connect(m_answer, &AnswerRow::guessed, this, [this](const QString& text) { m_lesson.flatten().guess(text); });
    }
    void fill() override
    {
        const FlattenTask& task = m_lesson.flatten();
        const LessonSubject& subject = *m_lesson.subject();
        const int dims = static_cast<int>(subject.shape.size());
        const auto set = [dims](QSlider* slider, QLabel* text, int value) {
            const QSignalBlocker blocker(slider);
            slider->setRange(0, std::max(0, dims - 1));
            slider->setValue(value);
            slider->setEnabled(dims > 1);
            text->setText(u"%1 (−%2)"_s.arg(value).arg(std::max(1, dims) - value));
        };
        set(m_start, m_startText, task.start());
        set(m_end, m_endText, task.end());
        const bool shown = known(task.state()) && task.possible();
        m_arithmetic->setVisible(task.possible());
        if (task.possible())
            m_arithmetic->setText(flattenText(subject.shape, subject.at, task.after(), task.indexAfter(), shown));
        m_answer->setState(task.state(), task.possible() ? task.answer() : QString(), task.possible());
        m_torch->setVisible((shown || !task.possible()) && !task.torch().isEmpty());
        m_torch->setText(tr("LibTorch: %1").arg(task.torch()));
    }

private:
    QSlider *m_start, *m_end;
    QLabel *m_startText = nullptr, *m_endText = nullptr, *m_torch;
};

class ContiguityPage final : public LessonPage {
public:
    ContiguityPage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Contiguity, parent)
        , m_a(new QComboBox(this))
        , m_b(new QComboBox(this))
        , m_target(new QComboBox(this))
    {
        auto* row = new QHBoxLayout;
        row->addWidget(new QLabel(u"t = transpose("_s, this));
        row->addWidget(m_a);
        row->addWidget(new QLabel(u","_s, this));
        row->addWidget(m_b);
        row->addWidget(new QLabel(u")"_s, this));
        row->addStretch(1);
        m_column->addLayout(row);
        row = new QHBoxLayout;
        row->addWidget(new QLabel(tr("view and reshape to"), this));
        row->addWidget(m_target, 1);
        m_column->addLayout(row);
        for (QComboBox* box : { m_a, m_b }) {
            box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
            box->setMinimumContentsLength(2);
        }
        m_a->setAccessibleName(tr("First dimension that is exchanged"));
        m_b->setAccessibleName(tr("Second dimension that is exchanged"));
        m_target->setAccessibleName(tr("Shape that view and reshape are asked for"));
        m_target->setToolTip(tr("Sizes apart by commas; −1 stands for the one that follows from the others"));
        m_target->setEditable(true);
        m_target->lineEdit()->setAccessibleName(m_target->accessibleName());
        m_target->setInsertPolicy(QComboBox::NoInsert);
        m_target->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Fixed);
        m_facts = addText();
        addTable(lesson.contiguity());
        m_column->addStretch(1);
        for (QComboBox* box : { m_a, m_b })
            connect(box, &QComboBox::activated, this, [this] { m_lesson.contiguity().setDims(m_a->currentIndex(), m_b->currentIndex()); });
        connect(m_target, &QComboBox::activated, this, [this] { take(); });
        connect(m_target->lineEdit(), &QLineEdit::editingFinished, this, [this] { take(); });
    }
    void fill() override
    {
        ContiguityTask& task = m_lesson.contiguity();
        const std::vector<std::int64_t> shape = task.shape(), stride = task.stride();
        for (QComboBox* box : { m_a, m_b }) { // an open list stays open while answers come
            if (box->count() != static_cast<int>(shape.size()))
                box->clear();
            for (int d = box->count(); d < static_cast<int>(shape.size()); ++d)
                box->addItem(QString::number(d));
            box->setEnabled(shape.size() > 1);
        }
        m_a->setCurrentIndex(shape.empty() ? -1 : task.dims().first);
        m_b->setCurrentIndex(shape.empty() ? -1 : task.dims().second);
        if (const QString offer = shapeText(shape) + task.target(); offer != m_offered) { // and what is being typed stays
            m_offered = offer;
            offerTargets(shape);
            m_target->setEditText(task.target());
        }
        QString facts = tr("t: shape %1, stride %2").arg(shapeText(shape), shapeText(stride));
        if (task.contiguous())
            facts += !*task.contiguous() ? tr("; not contiguous")
                : m_lesson.subject()->contiguous()
                ? tr("; contiguous, so this shows nothing: exchange two dimensions of more than one place, or select a tensor that has them")
                : tr("; contiguous, because the tensor is stored transposed already: select another");
        m_facts->setText(facts);
        m_table->refill();
    }

private:
    void offerTargets(const std::vector<std::int64_t>& shape)
    {
        const QSignalBlocker blocker(m_target);
        m_target->clear();
        m_target->addItem(u"-1"_s);
        const std::vector<std::int64_t>& own = m_lesson.subject()->shape;
        for (const std::vector<std::int64_t>& each : { own, shape }) {
            QString text = shapeText(each);
            text = text.mid(1, text.size() - (text.endsWith(u",)"_s) ? 3 : 2));
            if (each.size() > 1 && m_target->findText(text) < 0)
                m_target->addItem(text);
        }
    }
    void take()
    {
        if (!m_lesson.subject())
            return;
        if (!m_lesson.contiguity().setTarget(m_target->currentText()))
            m_target->setEditText(m_lesson.contiguity().target());
    }

    QComboBox *m_a, *m_b, *m_target;
    QString m_offered; // for which shape and target
    QLabel* m_facts;
};

class BatchPage final : public LessonPage {
public:
    BatchPage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Batch, parent)
    {
        m_batch = addSlider(tr("In the batch"), m_batchText);
        m_batch->setObjectName(u"lessonBatch"_s);
        m_batch->setRange(1, BatchTask::most);
        m_facts = addText();
        addTable(lesson.batch());
        m_why = addText();
        m_column->addStretch(1);
        connect(m_batch, &QSlider::valueChanged, this, [this](int n) { m_lesson.batch().setBatch(n); });
    }
    void fill() override
    {
        BatchTask& task = m_lesson.batch();
        const QSignalBlocker blocker(m_batch);
        m_batch->setRange(1, task.largest());
        m_batch->setValue(task.batch());
        m_batchText->setText(QString::number(task.batch()));
        m_facts->setText(tr("x: shape %1").arg(shapeText(task.shape())));
        m_table->refill();
        m_why->setText(task.why());
        m_why->setVisible(!task.why().isEmpty());
    }

private:
    QSlider* m_batch;
    QLabel *m_batchText = nullptr, *m_facts, *m_why;
};

class TemplatePage final : public LessonPage {
public:
    TemplatePage(Lesson& lesson, QWidget* parent)
        : LessonPage(lesson, LessonStep::Templates, parent)
    {
        addTable(lesson.templates());
        m_column->addStretch(1);
    }
    void fill() override { m_table->refill(); }
};

} // namespace

LessonPage* makeLessonPage(Lesson& lesson, LessonStep step, QWidget* parent)
{
    switch (step) {
    case LessonStep::Index: return new IndexPage(lesson, parent);
    case LessonStep::Flatten: return new FlattenPage(lesson, parent);
    case LessonStep::Contiguity: return new ContiguityPage(lesson, parent);
    case LessonStep::Batch: return new BatchPage(lesson, parent);
    case LessonStep::Unflatten: return new UnflattenPage(lesson, parent);
    case LessonStep::Templates: return new TemplatePage(lesson, parent);
    }
    return nullptr;
}

} // namespace ravel
