// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/bookmarkpane.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QKeyEvent>
#include <QLabel>
#include <QMenu>
#include <QToolButton>
#include <QTreeView>
#include <QVBoxLayout>

#include "items/qtext.h"
#include "items/session.h"
#include "widgets/anomalypane.h"

using namespace Qt::StringLiterals;

namespace ravel {

BookmarkPane::BookmarkPane(Session& session, QWidget* parent)
    : QWidget(parent)
    , m_session(session)
    , m_model(new Bookmarks(session, this))
    , m_view(new QTreeView(this))
    , m_status(new QLabel(this))
    , m_add(new QToolButton(this))
    , m_remove(new QToolButton(this))
    , m_note(new QToolButton(this))
{
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(4, 2, 4, 0);
    column->addLayout(row);
    column->addWidget(m_view, 1);
    column->addWidget(m_status);
    for (QToolButton* button : { m_add, m_note, m_remove }) {
        button->setAutoRaise(true);
        row->addWidget(button);
    }
    row->addStretch(1);
    m_add->setText(tr("Add"));
    m_add->setToolTip(tr("Bookmark what is selected"));
    m_note->setText(tr("Edit Note"));
    m_remove->setText(tr("Delete"));
    m_status->setContentsMargins(4, 0, 4, 2);
    m_status->setTextFormat(Qt::PlainText);
    m_status->setWordWrap(true);
    m_view->setObjectName(u"bookmarkList"_s);
    m_view->setModel(m_model);
    m_view->setRootIsDecorated(false);
    m_view->setUniformRowHeights(true);
    m_view->setAlternatingRowColors(true);
    m_view->setEditTriggers(QAbstractItemView::EditKeyPressed | QAbstractItemView::DoubleClicked);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setAccessibleName(tr("Bookmarks"));
    m_view->header()->resizeSection(Bookmarks::Place, 32 * fontMetrics().averageCharWidth());
    m_view->header()->setStretchLastSection(true);
    m_view->installEventFilter(this);
    setFocusProxy(m_view);

    connect(m_add, &QToolButton::clicked, this, &BookmarkPane::add);
    connect(m_note, &QToolButton::clicked, this, &BookmarkPane::editNote);
    connect(m_remove, &QToolButton::clicked, this, &BookmarkPane::removeCurrent);
    connect(m_view, &QTreeView::clicked, this, [this](const QModelIndex& index) { go(index.row()); });
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this, &BookmarkPane::update);
    connect(m_model, &Bookmarks::changed, this, &BookmarkPane::update);
    connect(m_view, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        QMenu menu(this);
        menu.addAction(tr("Edit Note"), this, &BookmarkPane::editNote)->setEnabled(m_note->isEnabled());
        menu.addAction(tr("Delete"), this, &BookmarkPane::removeCurrent)->setEnabled(m_remove->isEnabled());
        menu.addSeparator();
        menu.addAction(tr("Copy All as TSV"), this, [this] { QGuiApplication::clipboard()->setText(m_model->tsv()); })->setEnabled(m_model->rowCount() > 0);
        menu.exec(m_view->viewport()->mapToGlobal(at));
    });
    update();
}

void BookmarkPane::update()
{
    const bool any = m_view->currentIndex().isValid();
    m_note->setEnabled(any);
    m_remove->setEnabled(any);
    QString text;
    if (m_model->rowCount() == 0)
        text = tr("M on the map bookmarks what is selected, or what is under the pointer.");
    else if (m_model->fileChanged())
        text = tr("The file has changed since these were set; they are found by name.");
    m_status->setText(text);
    m_status->setVisible(!text.isEmpty());
}

void BookmarkPane::add()
{
    Selection selection = m_session.selection()->selection();
    if (const auto hovered = m_session.selection()->hovered(); selection.empty() && hovered && m_session.document())
        if (const auto element = selectRange(*m_session.document()->layout(), { *hovered, *hovered + Count(1) }))
            selection = *element;
    const Bookmarks::Added added = m_model->add(selection);
    if (added.row >= 0)
        m_view->setCurrentIndex(m_model->index(added.row, Bookmarks::Place));
    Q_EMIT said(added.sentence);
}

void BookmarkPane::removeCurrent() { m_model->remove(m_view->currentIndex().row()); }

void BookmarkPane::editNote()
{
    if (m_view->currentIndex().isValid())
        m_view->edit(m_view->currentIndex().siblingAtColumn(Bookmarks::Note));
}

void BookmarkPane::go(int row)
{
    const auto selection = m_model->selection(row);
    if (!selection) {
        Q_EMIT said(m_model->index(row, 0).data(Bookmarks::TroubleRole).toString());
        return;
    }
    m_session.selection()->select(*selection);
    const FlatLayout& layout = *m_session.document()->layout();
    const FlatCover cover = flatCover(layout, *selection, 64);
    if (!cover.ranges.empty())
        Q_EMIT placeWanted(surroundings({ cover.ranges.front().begin, cover.ranges.back().end }, layout.numel()));
}

bool BookmarkPane::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() != QEvent::KeyPress)
        return QWidget::eventFilter(watched, event);
    switch (static_cast<QKeyEvent*>(event)->key()) {
    case Qt::Key_Delete: removeCurrent(); return true;
    case Qt::Key_Return:
    case Qt::Key_Enter: go(m_view->currentIndex().row()); return true;
    default: return QWidget::eventFilter(watched, event);
    }
}

} // namespace ravel
