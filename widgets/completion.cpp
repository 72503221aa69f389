// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/completion.h"

#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QScreen>
#include <QScrollBar>

namespace ravel {

namespace {

constexpr int shownRows = 12;

} // namespace

Completion::Completion(QLineEdit* edit, Source source)
    : QObject(edit)
    , m_edit(edit)
    , m_source(std::move(source))
    , m_list(new QListWidget(edit))
{
    m_list->setWindowFlags(Qt::ToolTip); // above everything, without taking the focus
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setFocusProxy(edit);
    m_list->setUniformItemSizes(true);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_list->setTextElideMode(Qt::ElideMiddle);
    m_list->setAccessibleName(tr("Completions"));
    m_list->hide();
    edit->installEventFilter(this);
    connect(edit, &QLineEdit::textEdited, this, &Completion::offer);
    connect(m_list, &QListWidget::itemClicked, this, [this](QListWidgetItem* item) {
        m_list->setCurrentItem(item);
        take();
    });
}

bool Completion::isOpen() const { return m_list->isVisible(); }

void Completion::offer()
{
    m_walked = false;
    m_offered = m_source(m_edit->text(), m_edit->cursorPosition());
    m_list->clear();
    if (m_offered.texts.isEmpty()) {
        m_list->hide();
        return;
    }
    m_list->addItems(m_offered.texts);
    m_list->setCurrentRow(0);
    place();
    m_list->show();
}

// Below the word that it completes, as wide as its texts, inside the screen.
void Completion::place()
{
    const QFontMetrics metrics(m_list->font());
    int width = 0;
    for (const QString& text : std::as_const(m_offered.texts))
        width = std::max(width, metrics.horizontalAdvance(text));
    const int rows = std::min(shownRows, m_list->count()), frame = 2 * m_list->frameWidth();
    const int bar = m_list->count() > shownRows ? m_list->verticalScrollBar()->sizeHint().width() : 0;
    const QRect screen = m_edit->screen()->availableGeometry();
    const QSize size(std::min(width + 24 + bar + frame, screen.width()), rows * m_list->sizeHintForRow(0) + frame);
    const int before = m_edit->fontMetrics().horizontalAdvance(m_edit->text().left(m_offered.begin));
    QPoint corner = m_edit->mapToGlobal(QPoint(std::min(before, std::max(0, m_edit->width() - size.width())), m_edit->height()));
    if (corner.y() + size.height() > screen.bottom())
        corner.setY(m_edit->mapToGlobal(QPoint()).y() - size.height());
    corner.setX(std::clamp(corner.x(), screen.left(), std::max(screen.left(), screen.right() - size.width())));
    m_list->setGeometry(QRect(corner, size));
}

void Completion::take()
{
    const QListWidgetItem* item = m_list->currentItem();
    m_list->hide();
    if (!item)
        return;
    const QString text = m_edit->text();
    m_edit->setText(text.left(m_offered.begin) + item->text() + text.mid(m_offered.end));
    m_edit->setCursorPosition(m_offered.begin + static_cast<int>(item->text().size()));
    Q_EMIT taken();
    offer(); // what comes after it
}

bool Completion::key(int key, Qt::KeyboardModifiers modifiers)
{
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : key == Qt::Key_PageDown ? shownRows : key == Qt::Key_PageUp ? -shownRows : 0;
    if (step != 0 && modifiers == Qt::NoModifier) {
        if (m_walked || step < 0)
            m_list->setCurrentRow(std::clamp(m_list->currentRow() + step, 0, m_list->count() - 1));
        m_walked = true;
        return true;
    }
    if (key == Qt::Key_Escape) {
        m_list->hide();
        return true;
    }
    if (key == Qt::Key_Tab || ((key == Qt::Key_Return || key == Qt::Key_Enter) && m_walked)) {
        take();
        return true;
    }
    if (key == Qt::Key_Return || key == Qt::Key_Enter || key == Qt::Key_Left || key == Qt::Key_Home || key == Qt::Key_End)
        m_list->hide();
    return false;
}

bool Completion::eventFilter(QObject* watched, QEvent* event)
{
    if (watched != m_edit || !isOpen())
        return false;
    switch (event->type()) {
    case QEvent::ShortcutOverride: {
        const int key = static_cast<QKeyEvent*>(event)->key();
        if (key == Qt::Key_Escape || key == Qt::Key_Tab)
            event->accept();
        return false;
    }
    case QEvent::KeyPress: {
        const auto* press = static_cast<QKeyEvent*>(event);
        return key(press->key(), press->modifiers());
    }
    case QEvent::FocusOut:
    case QEvent::Hide: m_list->hide(); return false;
    case QEvent::Move: place(); return false; // the answer beside it has become longer
    default: return false;
    }
}

} // namespace ravel
