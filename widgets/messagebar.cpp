// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/messagebar.h"

#include <QFrame>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QStyle>
#include <QToolButton>
#include <QVBoxLayout>

using namespace Qt::StringLiterals;

namespace ravel {

class MessageBar::Bar : public QFrame {
public:
    Bar(const Message& message, std::function<void()> close, QWidget* parent)
        : QFrame(parent)
        , m_message(message)
        , m_close(std::move(close))
    {
        setAutoFillBackground(true);
        tint();
        auto* rows = new QVBoxLayout(this);
        rows->setContentsMargins(10, 4, 6, 4);
        auto* row = new QHBoxLayout;
        row->setSpacing(8);
        rows->addLayout(row);
        auto* icon = new QLabel(this);
        const auto standard = message.tone == Tone::Information ? QStyle::SP_MessageBoxInformation
            : message.tone == Tone::Warning                     ? QStyle::SP_MessageBoxWarning
                                                                : QStyle::SP_MessageBoxCritical;
        icon->setPixmap(style()->standardIcon(standard).pixmap(16, 16));
        row->addWidget(icon);
        m_text = new QLabel(message.text, this);
        m_text->setTextFormat(Qt::PlainText);
        m_text->setWordWrap(true);
        m_text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        row->addWidget(m_text, 1);
        addDetails(rows, row);
        for (std::size_t i = 0; i < message.answers.size(); ++i) {
            auto* button = new QPushButton(message.answers[i].text, this);
            connect(button, &QPushButton::clicked, this, [this, i] { answer(static_cast<int>(i)); });
            row->addWidget(button);
        }
        if (message.closable) {
            auto* dismiss = new QToolButton(this);
            dismiss->setAutoRaise(true);
            dismiss->setIcon(style()->standardIcon(QStyle::SP_TitleBarCloseButton));
            dismiss->setToolTip(MessageBar::tr("Dismiss"));
            dismiss->setAccessibleName(MessageBar::tr("Dismiss"));
            connect(dismiss, &QToolButton::clicked, this, [this] { m_close(); });
            row->addWidget(dismiss);
        }
        setAccessibleName(message.text);
    }

    QString text() const { return m_message.text; }

    void answer(int i)
    {
        if (i < 0 || i >= static_cast<int>(m_message.answers.size()))
            return;
        const auto act = m_message.answers[static_cast<std::size_t>(i)].act;
        m_close();
        if (act)
            act();
    }

protected:
    void changeEvent(QEvent* event) override
    {
        if (event->type() == QEvent::PaletteChange && !m_tinting)
            tint();
        QFrame::changeEvent(event);
    }

private:
    void tint()
    {
        m_tinting = true;
        QPalette tinted = palette();
        tinted.setColor(QPalette::Window, toneBackground(parentWidget()->palette(), m_message.tone));
        setPalette(tinted);
        m_tinting = false;
    }

    void addDetails(QVBoxLayout* rows, QHBoxLayout* row)
    {
        if (m_message.details.isEmpty())
            return;
        auto* text = new QPlainTextEdit(m_message.details, this);
        text->setReadOnly(true);
        text->setFixedHeight(140);
        text->setAccessibleName(MessageBar::tr("Details"));
        text->hide();
        rows->addWidget(text);
        auto* button = new QPushButton(MessageBar::tr("Details"), this);
        button->setCheckable(true);
        connect(button, &QPushButton::toggled, text, &QWidget::setVisible);
        row->addWidget(button);
    }

    Message m_message;
    std::function<void()> m_close;
    QLabel* m_text = nullptr;
    bool m_tinting = false;
};

MessageBar::MessageBar(QWidget* parent)
    : QWidget(parent)
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(1);
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Maximum);
    hide();
}

void MessageBar::tell(const QString& key, const Message& message)
{
    withdraw(key);
    auto* bar = new Bar(message, [this, key] { withdraw(key); }, this);
    m_bars.insert(key, bar);
    m_layout->addWidget(bar);
    show();
}

void MessageBar::withdraw(const QString& key)
{
    Bar* bar = m_bars.take(key);
    if (!bar)
        return;
    bar->hide();
    m_layout->removeWidget(bar);
    bar->deleteLater(); // it may be what called
    setVisible(!m_bars.isEmpty());
}

void MessageBar::clear()
{
    const QStringList keys = m_bars.keys();
    for (const QString& key : keys)
        withdraw(key);
}

QString MessageBar::textOf(const QString& key) const
{
    const Bar* bar = m_bars.value(key);
    return bar ? bar->text() : QString();
}

void MessageBar::answer(const QString& key, int answer)
{
    if (Bar* bar = m_bars.value(key))
        bar->answer(answer);
}

} // namespace ravel
