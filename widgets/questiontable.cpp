// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/questiontable.h"

#include <QComboBox>
#include <QFontDatabase>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "items/lessontables.h"
#include "widgets/answerrow.h"
#include "widgets/tones.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QLabel* textLabel(QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    label->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::MinimumExpanding);
    return label;
}

} // namespace

QuestionTable::QuestionTable(TableTask& task, QWidget* parent)
    : QWidget(parent)
    , m_task(task)
    , m_column(new QVBoxLayout(this))
    , m_trouble(textLabel(this))
{
    m_column->setContentsMargins(0, 0, 0, 0);
    m_column->setSpacing(6);
    m_column->addWidget(m_trouble);
    refill();
}

QuestionTable::Row QuestionTable::makeRow(int question)
{
    Row row { new QWidget(this), nullptr, nullptr, nullptr, nullptr, nullptr };
    auto* column = new QVBoxLayout(row.widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    auto* line = new QHBoxLayout;
    row.call = textLabel(row.widget);
    row.choice = new QComboBox(row.widget);
    row.choice->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    row.choice->setMinimumContentsLength(8);
    line->addWidget(row.call, 1);
    line->addWidget(row.choice);
    row.answer = new QLabel(row.widget);
    row.answer->setTextFormat(Qt::PlainText);
    line->addWidget(row.answer);
    column->addLayout(line);
    row.detail = textLabel(row.widget);
    row.words = textLabel(row.widget);
    column->addWidget(row.detail);
    column->addWidget(row.words);
    connect(row.choice, &QComboBox::activated, this, [this, question](int at) { m_task.guess(question, at - 1); });
    m_column->addWidget(row.widget);
    return row;
}

void QuestionTable::fill(const Row& row, const LessonQuestion& question)
{
    row.call->setText(question.call);
    row.call->setFont(question.code ? QFontDatabase::systemFont(QFontDatabase::FixedFont) : font());
    QPalette muted = palette();
    muted.setColor(QPalette::WindowText, mutedText(palette()));
    row.detail->setPalette(muted);
    row.detail->setText(question.detail);
    row.detail->setVisible(!question.detail.isEmpty());
    const QSignalBlocker blocker(row.choice);
    row.choice->clear();
    row.choice->addItem(tr("predict…"));
    row.choice->addItems(question.choices);
    const bool open = question.open();
    row.choice->setCurrentIndex(1 + question.guess);
    row.choice->setVisible(open);
    const Guess state = question.state();
    row.answer->setVisible(!open && question.right >= 0);
    row.answer->setText(question.right >= 0 ? (state == Guess::Right ? u"✓ "_s : QString()) + question.choices.value(question.right) : QString());
    row.choice->setAccessibleName(tr("Prediction for %1").arg(question.call));
    const QString words = !question.possible ? tr("Not with this tensor: %1").arg(question.words)
        : open ? state == Guess::Wrong ? guessText(state, {}) : question.guess >= 0 && m_task.asking() ? tr("asking…") : QString()
               : question.right < 0 ? (m_task.asking() ? tr("asking…") : QString()) : question.words;
    row.words->setText(words);
    row.words->setVisible(!words.isEmpty());
    row.words->setAccessibleName(tr("Answer to %1").arg(question.call));
}

void QuestionTable::refill()
{
    const std::vector<LessonQuestion>& questions = m_task.questions();
    while (m_rows.size() < questions.size())
        m_rows.push_back(makeRow(static_cast<int>(m_rows.size())));
    for (std::size_t i = 0; i < m_rows.size(); ++i) {
        m_rows[i].widget->setVisible(i < questions.size());
        if (i < questions.size())
            fill(m_rows[i], questions[i]);
    }
    m_trouble->setText(m_task.trouble());
    m_trouble->setVisible(!m_task.trouble().isEmpty());
}

QComboBox* QuestionTable::chooser(int question) const { return m_rows.at(static_cast<std::size_t>(question)).choice; }
QString QuestionTable::words(int question) const { return m_rows.at(static_cast<std::size_t>(question)).words->text(); }

} // namespace ravel
