// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/statusline.h"

#include <QAction>
#include <QFontDatabase>
#include <QLabel>
#include <QProgressBar>
#include <QStatusBar>
#include <QToolButton>

#include "items/elementreader.h"
#include "items/qtext.h"
#include "items/session.h"
#include "items/stepselect.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QLabel* label(QStatusBar& bar, int stretch = 0)
{
    auto* made = new QLabel(&bar);
    made->setTextFormat(Qt::PlainText);
    made->setContentsMargins(6, 0, 6, 0);
    bar.addWidget(made, stretch);
    return made;
}

} // namespace

StatusLine::StatusLine(QStatusBar& bar, Session& session, ElementReader& reader, QAction& goOn)
    : QObject(&bar)
    , m_session(session)
    , m_reader(reader)
    , m_element(label(bar))
    , m_flat(label(bar))
    , m_storage(label(bar))
    , m_byte(label(bar))
    , m_value(label(bar))
    , m_bits(label(bar, 1))
    , m_selected(new QLabel(&bar))
    , m_edits(new QLabel(&bar))
    , m_what(new QLabel(&bar))
    , m_progress(new QProgressBar(&bar))
    , m_cancel(new QToolButton(&bar))
{
    m_element->setAccessibleName(tr("Element under the pointer"));
    m_value->setAccessibleName(tr("Its value"));
    m_bits->setAccessibleName(tr("Its bits"));
    m_bits->setFont(QFontDatabase::systemFont(QFontDatabase::FixedFont));
    m_bits->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred); // the first to give way
    m_element->setSizePolicy(QSizePolicy::Maximum, QSizePolicy::Preferred);
    m_progress->setFixedWidth(140);
    m_progress->setMaximumHeight(bar.fontMetrics().height() + 4);
    m_progress->setAccessibleName(tr("Progress"));
    m_cancel->setText(tr("Cancel"));
    m_cancel->setAutoRaise(true);
    for (QLabel* each : { m_selected, m_edits, m_what }) {
        each->setTextFormat(Qt::PlainText);
        each->setContentsMargins(6, 0, 6, 0);
        bar.addPermanentWidget(each);
    }
    bar.addPermanentWidget(m_progress);
    bar.addPermanentWidget(m_cancel);
    auto* again = new QToolButton(&bar);
    again->setText(tr("Go On"));
    again->setAccessibleName(goOn.text().remove(u'&'));
    again->setAutoRaise(true);
    bar.addPermanentWidget(again);
    const auto show = [again, &goOn] {
        again->setVisible(goOn.isEnabled());
        again->setToolTip(goOn.toolTip());
    };
    show();
    connect(&goOn, &QAction::changed, again, show);
    connect(again, &QToolButton::clicked, &goOn, &QAction::trigger);
    hideProgress();
    connect(m_cancel, &QToolButton::clicked, &session, &Session::cancel);
    connect(&session, &Session::progressed, this, &StatusLine::showProgress);
    connect(&session, &Session::idle, this, &StatusLine::hideProgress);
    connect(&reader, &ElementReader::changed, this, &StatusLine::showHovered);
    connect(session.selection(), &SelectionModel::changed, this, &StatusLine::showCounts);
    connect(session.selection(), &SelectionModel::takenChanged, this, &StatusLine::showCounts);
    connect(&session, &Session::layoutChanged, this, [this] {
        showHovered();
        showCounts();
    });
    connect(&session, &Session::editsChanged, this, &StatusLine::showCounts);
}

void StatusLine::showHovered()
{
    const auto& facts = m_reader.facts();
    if (!facts) {
        for (QLabel* each : { m_element, m_flat, m_storage, m_byte, m_value, m_bits })
            each->clear();
        return;
    }
    m_element->setText(facts->name + facts->coordinates + u' ' + facts->dtype);
    m_flat->setText(tr("flat %1").arg(countText(facts->index.value)));
    // Beside the numbers of another side the places are still those in the open file.
    const bool own = facts->side.isEmpty();
    m_storage->setText((own ? tr("storage %1") : tr("storage of A %1")).arg(facts->storage));
    m_byte->setText(facts->byte.isEmpty() ? tr("compressed or in pieces") : (own ? tr("byte %1") : tr("byte of A %1")).arg(facts->byte));
    m_value->setText(valueText(*facts));
    m_bits->setText(facts->bits);
}

void StatusLine::showCounts()
{
    const Document* document = m_session.document();
    const Selection& selection = m_session.selection()->selection();
    const QString covered = countText(selection.numel().value);
    const QString taken = takenText(*m_session.selection());
    if (selection.where && taken.isEmpty())
        m_selected->setText(tr("of %1 selected: %2").arg(covered, predicateText(*selection.where)));
    else if (selection.where)
        m_selected->setText(tr("%1 of %2 selected: %3").arg(taken, covered, predicateText(*selection.where)));
    else
        m_selected->setText(selection.numel().value > 0 ? tr("%1 selected").arg(covered) : tr("nothing selected"));
    const auto edits = document ? document->edited().steps().size() : 0;
    m_edits->setText(edits > 0 ? tr("%Ln edit(s)", nullptr, static_cast<int>(edits)) : tr("no edits"));
}

void StatusLine::showProgress(const QString& what, int percent)
{
    m_what->setText(what);
    m_progress->setRange(0, percent < 0 ? 0 : 100);
    m_progress->setValue(std::max(0, percent));
    m_what->show();
    m_progress->show();
    m_cancel->show();
}

void StatusLine::hideProgress()
{
    m_what->hide();
    m_progress->hide();
    m_cancel->hide();
}

} // namespace ravel
