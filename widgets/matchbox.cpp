// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/matchbox.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "items/comparison.h"
#include "items/qtext.h"
#include "items/session.h"
#include "widgets/tones.h"

namespace ravel {

namespace {

constexpr int shownRules = 3; // lines

} // namespace

MatchBox::MatchBox(Session& session, Comparison& comparison, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_comparison(comparison)
    , m_by(new QComboBox(this))
    , m_rules(new QPlainTextEdit(this))
    , m_preview(new QLabel(this))
    , m_help(new QLabel(tr("One rule a line: names of A to names of B. A glob, as in module.*=*, or a regular expression, as in module.(.*)=$1; the first that fits counts."), this))
    , m_use(new QPushButton(tr("&Use"), this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(4, 2, 4, 4);
    column->setSpacing(3);
    auto* row = new QHBoxLayout;
    auto* label = new QLabel(tr("&Match tensors"), this);
    label->setBuddy(m_by);
    row->addWidget(label);
    row->addWidget(m_by);
    row->addWidget(m_preview, 1);
    row->addWidget(m_use);
    column->addLayout(row);
    column->addWidget(m_rules);
    column->addWidget(m_help);
    m_by->addItem(tr("by name"), static_cast<int>(MatchSpec::By::Name));
    m_by->addItem(tr("by order"), static_cast<int>(MatchSpec::By::Order));
    m_by->setAccessibleName(tr("Match tensors"));
    m_rules->setPlaceholderText(tr("FROM=TO, none: the same name"));
    m_rules->setAccessibleName(tr("Rules that map names of A to names of B"));
    m_rules->setTabChangesFocus(true);
    m_rules->setFixedHeight(m_rules->fontMetrics().lineSpacing() * shownRules + 12);
    m_preview->setTextFormat(Qt::PlainText);
    m_preview->setWordWrap(true);
    m_preview->setAccessibleName(tr("What the rules would match"));
    m_help->setWordWrap(true);
    m_help->setTextFormat(Qt::PlainText);
    connect(m_by, &QComboBox::currentIndexChanged, this, &MatchBox::changed);
    connect(m_rules, &QPlainTextEdit::textChanged, this, &MatchBox::changed);
    connect(m_use, &QPushButton::clicked, this, &MatchBox::use);
    connect(&comparison, &Comparison::matched, this, &MatchBox::refill);
    refill();
}

QString MatchBox::preview() const { return m_preview->text(); }
bool MatchBox::canUse() const { return m_use->isEnabled(); }

Result<MatchSpec> MatchBox::spec() const
{
    const auto by = static_cast<MatchSpec::By>(m_by->currentData().toInt());
    std::vector<std::string> rules;
    if (by == MatchSpec::By::Name)
        for (const QString& line : m_rules->toPlainText().split(QLatin1Char('\n')))
            if (!line.trimmed().isEmpty())
                rules.push_back(line.trimmed().toStdString());
    return MatchSpec::make(by, rules);
}

void MatchBox::refill()
{
    const MatchSpec& spec = m_comparison.match();
    QStringList lines;
    for (const std::string& rule : spec.ruleTexts())
        lines << toQt(rule);
    m_filling = true;
    m_by->setCurrentIndex(m_by->findData(static_cast<int>(spec.by)));
    if (m_rules->toPlainText() != lines.join(QLatin1Char('\n')))
        m_rules->setPlainText(lines.join(QLatin1Char('\n')));
    m_filling = false;
    m_rules->setEnabled(spec.by == MatchSpec::By::Name);
    m_use->setEnabled(false);
    if (m_comparison.matching())
        tell(*m_comparison.matching());
    else
        m_preview->clear();
}

void MatchBox::tell(const Matching& matching)
{
    QPalette palette = m_preview->palette();
    palette.setColor(QPalette::WindowText, this->palette().color(QPalette::WindowText));
    m_preview->setPalette(palette);
    QString text = tr("%1 of %2 match").arg(countText(matching.matched), tr("%Ln tensor(s)", nullptr, static_cast<int>(std::max(matching.inA, matching.inB))));
    if (matching.sameShape < matching.matched)
        text += tr(", %1 of another shape").arg(countText(matching.matched - matching.sameShape));
    m_preview->setText(text);
}

void MatchBox::changed()
{
    if (m_filling)
        return;
    if (m_job)
        m_job->cancel();
    m_rules->setEnabled(m_by->currentData().toInt() == static_cast<int>(MatchSpec::By::Name));
    const auto wanted = spec();
    m_use->setEnabled(false);
    if (!wanted) {
        QPalette palette = m_preview->palette();
        palette.setColor(QPalette::WindowText, troubleText(this->palette()));
        m_preview->setPalette(palette);
        m_preview->setText(sentenceOf(wanted.error()));
        return;
    }
    const auto matcher = m_comparison.matcher();
    if (!matcher)
        return;
    m_job = m_session.tasks()->run<Result<Matching>>({},
        [matcher, wanted = *wanted](const Job& job) { return matcher->match(wanted, job); },
        [this](Result<Matching> matching) {
            if (!matching)
                return;
            tell(*matching);
            m_use->setEnabled(m_comparison.isOpen());
        });
}

void MatchBox::use()
{
    if (const auto wanted = spec(); wanted && m_use->isEnabled())
        m_comparison.setMatch(*wanted);
}

} // namespace ravel
