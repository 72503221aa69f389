// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/editpanel.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLabel>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QTimer>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/stepselect.h"
#include "widgets/stepform.h"
#include "widgets/tones.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString changeText(const QString& what, double before, double after)
{
    const QString a = numberText(before, 4), b = numberText(after, 4);
    return a == b ? u"%1 %2"_s.arg(what, a) : u"%1 %2 → %3"_s.arg(what, a, b);
}

QString statisticsText(const Preview& preview)
{
    const Summary &before = preview.before.summary, &after = preview.after.summary;
    QStringList parts { changeText(EditPanel::tr("mean"), before.mean, after.mean), changeText(EditPanel::tr("std"), before.std(), after.std()),
        changeText(EditPanel::tr("min"), before.min, after.min), changeText(EditPanel::tr("max"), before.max, after.max) };
    QString text = parts[0] + u",  "_s + parts[1] + u'\n' + parts[2] + u",  "_s + parts[3];
    if (!preview.before.exact || !preview.after.exact)
        text += EditPanel::tr("  (estimated from a sample)");
    return text;
}

QString effectLine(const StepEffect& effect)
{
    QString text = EditPanel::tr("%1 of %2 change").arg(countText(effect.changed), countText(effect.selected));
    if (effect.fit.saturated > 0)
        text += EditPanel::tr(", %1 saturate").arg(countText(effect.fit.saturated));
    if (effect.fit.rounded > 0)
        text += EditPanel::tr(", %1 are rounded").arg(countText(effect.fit.rounded));
    return text;
}

} // namespace

EditPanel::EditPanel(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_form(new StepForm)
    , m_target(new QLabel(this))
    , m_effect(new QLabel(this))
    , m_previewBox(new QCheckBox(tr("Previe&w"), this))
    , m_apply(new QPushButton(tr("Apply"), this))
    , m_timer(new QTimer(this))
{
    auto* fields = new QWidget(this);
    auto* fieldColumn = new QVBoxLayout(fields);
    fieldColumn->setContentsMargins(8, 4, 8, 4);
    fieldColumn->setSpacing(6);
    fieldColumn->addWidget(m_target);
    fieldColumn->addWidget(m_form);
    fieldColumn->addWidget(m_effect);
    fieldColumn->addStretch(1);
    auto* scroll = new QScrollArea(this); // a low window hides no field
    scroll->setAccessibleName(tr("Parameters of the edit"));
    scroll->setWidget(fields);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(fields->minimumSizeHint().width() + scroll->verticalScrollBar()->sizeHint().width());
    auto* foot = new QHBoxLayout;
    foot->setContentsMargins(8, 0, 8, 6);
    foot->addWidget(m_previewBox);
    foot->addStretch(1);
    foot->addWidget(m_apply);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(scroll, 1);
    column->addLayout(foot);

    m_target->setTextFormat(Qt::PlainText);
    m_target->setWordWrap(true);
    m_effect->setTextFormat(Qt::PlainText);
    m_effect->setWordWrap(true);
    m_effect->setMinimumHeight(3 * fontMetrics().lineSpacing()); // so that nothing jumps when it is filled
    m_effect->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_previewBox->setChecked(true);
    m_previewBox->setToolTip(tr("Show what the edit would do while its fields are changed"));
    m_apply->setToolTip(tr("Apply the edit (%1)").arg(QKeySequence(Qt::CTRL | Qt::Key_Return).toString(QKeySequence::NativeText)));
    m_timer->setSingleShot(true);
    m_timer->setInterval(150);

    connect(m_timer, &QTimer::timeout, this, &EditPanel::startPreview);
    connect(m_form, &StepForm::changed, this, &EditPanel::touched);
    connect(m_apply, &QPushButton::clicked, this, &EditPanel::apply);
    connect(m_previewBox, &QCheckBox::toggled, this, &EditPanel::touched);
    connect(session.selection(), &SelectionModel::changed, this, &EditPanel::refresh);
    connect(&session, &Session::layoutChanged, this, &EditPanel::refresh);
    connect(&session, &Session::editsChanged, this, [this] {
        m_engaged = false;
        refresh();
    });
    connect(&session, &Session::savingChanged, this, &EditPanel::refresh);
    connect(&session, &Session::previewed, this, &EditPanel::showPreview);
    refresh();
}

QSize EditPanel::sizeHint() const { return { 340, 260 }; }
QString EditPanel::effectText() const { return m_effect->text(); }

QString EditPanel::problem() const
{
    const Document* document = m_session.document();
    if (!document)
        return tr("Nothing is open.");
    if (!document->checkpoint().writable)
        return tr("The file is read-only: its numbers cannot be edited.");
    const Selection& selection = m_session.selection()->selection();
    if (selection.empty())
        return tr("Select what to edit: in the tree, on the map, or as a slice.");
    if (selection.numel().value == 0)
        return tr("The selection has no elements.");
    if (m_session.saving())
        return tr("A save is under way.");
    const auto step = m_form->step();
    return step ? QString() : sentenceOf(step.error());
}

Result<Step> EditPanel::step() const
{
    RAVEL_ASSIGN(Step step, m_form->step());
    const Selection& selection = m_session.selection()->selection();
    step.select = selectItems(*m_session.document()->layout(), selection);
    step.selectIsList = step.select.size() != 1;
    step.where = selection.where;
    // Many at once are meant as a glob means them, also where they are written as a list: counters are left alone.
    const bool skipsIntegers = step.operation == Operation::Add || step.operation == Operation::Multiply || step.operation == Operation::Noise
        || step.operation == Operation::Clip;
    bool several = false, trainable = false;
    for (const Box& box : selection.boxes) {
        several = several || box.tensor != selection.boxes.front().tensor;
        trainable = trainable || isTrainable(m_session.document()->checkpoint().tensors[box.tensor].dtype);
    }
    if (skipsIntegers && several && trainable)
        step.kinds = Kinds {};
    return step;
}

void EditPanel::touched()
{
    m_engaged = m_previewBox->isChecked();
    refresh();
}

void EditPanel::refresh()
{
    const QString wrong = problem();
    m_apply->setEnabled(wrong.isEmpty());
    const Document* document = m_session.document();
    const Selection& selection = m_session.selection()->selection();
    if (document && !selection.empty()) {
        QString target = tr("%1,  %2 elements").arg(selectionName(*document->layout(), selection), countText(selection.numel().value));
        if (selection.where)
            target += tr(",  where %1").arg(predicateText(*selection.where));
        m_target->setText(target);
    } else {
        m_target->setText(tr("Nothing is selected."));
    }
    m_form->setEnabled(document && document->checkpoint().writable && !selection.empty());
    if (!wrong.isEmpty() || !m_engaged) {
        m_timer->stop();
        m_session.cancelPreview();
        sayEffect(document ? wrong : QString(), m_engaged);
        return;
    }
    m_timer->start();
}

void EditPanel::startPreview()
{
    if (!problem().isEmpty() || !m_engaged)
        return;
    if (const auto wanted = step()) {
        sayEffect(tr("Measuring…"), false);
        m_session.preview(*wanted);
    }
}

void EditPanel::showPreview(const Preview& preview)
{
    if (!m_engaged)
        return;
    if (!preview.error.isEmpty()) {
        sayEffect(preview.error, true);
        m_apply->setEnabled(false);
        return;
    }
    if (preview.effect && preview.effect->fit.refused > 0) {
        sayEffect(sentenceOf({ ErrorCode::Refused, preview.effect->firstRefused }), true);
        m_apply->setEnabled(false);
        return;
    }
    sayEffect(statisticsText(preview) + u'\n' + (preview.effect ? effectLine(*preview.effect) : tr("counting what changes…")), false);
}

void EditPanel::sayEffect(const QString& text, bool trouble)
{
    m_trouble = trouble;
    m_effect->setText(text);
    QPalette tones = palette();
    tones.setColor(QPalette::WindowText, trouble ? troubleText(palette()) : tones.color(QPalette::WindowText));
    m_effect->setPalette(tones);
}

void EditPanel::apply()
{
    if (const QString wrong = problem(); !wrong.isEmpty()) {
        sayEffect(wrong, true);
        return;
    }
    const auto wanted = step();
    if (!wanted)
        return;
    m_timer->stop();
    m_session.apply(*wanted);
}

void EditPanel::keyPressEvent(QKeyEvent* event)
{
    if (event->key() == Qt::Key_Escape && m_engaged) {
        m_engaged = false;
        refresh();
        return;
    }
    QWidget::keyPressEvent(event);
}

void EditPanel::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        sayEffect(m_effect->text(), m_trouble);
    QWidget::changeEvent(event);
}

} // namespace ravel
