// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/answerrow.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace ravel {

QString guessText(Guess state, const QString& words)
{
    switch (state) {
    case Guess::None: return words;
    case Guess::Wrong: return u"✗ "_s + (words.isEmpty() ? AnswerRow::tr("No.") : words);
    case Guess::Right: return u"✓ "_s + (words.isEmpty() ? AnswerRow::tr("Right.") : words);
    case Guess::Shown: return words.isEmpty() ? AnswerRow::tr("The answer is shown.") : words;
    }
    return {};
}

AnswerRow::AnswerRow(const QString& prompt, const QString& example, QWidget* parent)
    : QWidget(parent)
    , m_edit(new QLineEdit(this))
    , m_check(new QPushButton(tr("&Check"), this))
    , m_words(new QLabel(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(3);
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(prompt, this);
    label->setBuddy(m_edit);
    label->setTextFormat(Qt::PlainText);
    row->addWidget(label);
    row->addWidget(m_edit, 1);
    row->addWidget(m_check);
    column->addLayout(row);
    column->addWidget(m_words);
    QString name = prompt;
    m_edit->setAccessibleName(name.remove(u'&'));
    m_edit->setPlaceholderText(example);
    m_edit->setMinimumWidth(m_edit->fontMetrics().averageCharWidth() * 10);
    m_words->setWordWrap(true);
    m_words->setTextFormat(Qt::PlainText);
    m_words->setAccessibleName(tr("What is said of the prediction"));
    const auto give = [this] {
        if (!m_edit->text().trimmed().isEmpty())
            Q_EMIT guessed(m_edit->text());
    };
    connect(m_edit, &QLineEdit::returnPressed, this, give);
    connect(m_check, &QPushButton::clicked, this, give);
}

void AnswerRow::setState(Guess state, const QString& words, bool possible)
{
    const bool open = possible && (state == Guess::None || state == Guess::Wrong);
    if (state == Guess::None && words.isEmpty() && m_state != Guess::None)
        m_edit->clear(); // another question
    m_state = state;
    m_edit->setEnabled(open);
    m_check->setEnabled(open);
    m_words->setText(guessText(state, words));
    m_words->setVisible(!m_words->text().isEmpty());
}

QString AnswerRow::words() const { return m_words->text(); }

} // namespace ravel
