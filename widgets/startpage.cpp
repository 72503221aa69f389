// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/startpage.h"

#include <QCommandLinkButton>
#include <QDir>
#include <QEvent>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "widgets/tones.h"

namespace ravel {

namespace {

const QString mutedName = QStringLiteral("muted");

void mute(QLabel* label, QPalette tones)
{
    tones.setColor(QPalette::WindowText, mutedText(tones));
    label->setPalette(tones);
}

QLabel* heading(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    QFont font = label->font();
    font.setBold(true);
    label->setFont(font);
    return label;
}

QLabel* muted(const QString& text, QWidget* parent)
{
    auto* label = new QLabel(text, parent);
    label->setObjectName(mutedName);
    mute(label, parent->palette());
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

// Home as people write it.
QString shortFolder(const QString& path)
{
    const QString folder = QFileInfo(path).absolutePath(), home = QDir::homePath();
    return folder.startsWith(home) ? QLatin1Char('~') + folder.mid(home.size()) : folder;
}

} // namespace

StartPage::StartPage(const QList<Sample>& samples, QWidget* parent)
    : QWidget(parent)
    , m_recent(new QWidget(this))
    , m_recentLayout(new QVBoxLayout(m_recent))
{
    auto* middle = new QWidget(this);
    middle->setMaximumWidth(760);
    auto* outer = new QHBoxLayout(this);
    outer->addStretch(1);
    outer->addWidget(middle, 6);
    outer->addStretch(1);
    auto* column = new QVBoxLayout(middle);
    column->setSpacing(10);
    column->addStretch(2);
    auto* title = new QLabel(tr("Ravel"), middle);
    QFont font = title->font();
    font.setPointSizeF(font.pointSizeF() * 2.4);
    font.setBold(true);
    title->setFont(font);
    column->addWidget(title);
    column->addWidget(muted(tr("Every parameter of a checkpoint on one named, zoomable axis."), middle));
    column->addSpacing(10);
    auto* open = new QPushButton(tr("Open a Checkpoint…"), middle);
    open->setDefault(true);
    open->setMinimumSize(open->sizeHint().width() + 28, open->sizeHint().height() * 5 / 4);
    auto* row = new QHBoxLayout;
    row->addWidget(open);
    row->addWidget(muted(tr("or drop a file here: .pt, .pth, .ckpt, .bin, .safetensors, .npy, .npz"), middle), 1);
    row->setSpacing(12);
    column->addLayout(row);
    column->addSpacing(14);

    auto* columns = new QHBoxLayout;
    columns->setSpacing(24);
    column->addLayout(columns);
    auto* left = new QVBoxLayout;
    left->addWidget(heading(tr("Samples"), middle));
    for (const Sample& sample : samples) {
        auto* button = new QCommandLinkButton(sample.title, sample.words, middle);
        connect(button, &QPushButton::clicked, this, [this, sample] { Q_EMIT sampleWanted(sample.resource, sample.title); });
        left->addWidget(button);
    }
    left->addStretch(1);
    columns->addLayout(left, 1);
    m_recentLayout->setContentsMargins(0, 0, 0, 0);
    columns->addWidget(m_recent, 1);
    m_recent->hide();
    column->addSpacing(14);
    column->addWidget(muted(tr("Opening a file never runs code from it."), middle));
    column->addStretch(3);
    connect(open, &QPushButton::clicked, this, &StartPage::openWanted);
    setAccessibleName(tr("Start"));
}

// Behind another page it asks for no room: a stack is as high as its highest page.
void StartPage::showEvent(QShowEvent* event)
{
    setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Preferred);
    QWidget::showEvent(event);
}

void StartPage::hideEvent(QHideEvent* event)
{
    setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Ignored);
    QWidget::hideEvent(event);
}

void StartPage::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::PaletteChange)
        for (QLabel* label : findChildren<QLabel*>(mutedName))
            mute(label, palette()); // those between have not heard of it yet
    QWidget::changeEvent(event);
}

void StartPage::setRecent(const QStringList& paths)
{
    while (QLayoutItem* item = m_recentLayout->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_recent->setVisible(!paths.isEmpty());
    if (paths.isEmpty())
        return;
    m_recentLayout->addWidget(heading(tr("Recent files"), m_recent));
    for (const QString& path : paths.mid(0, 5)) {
        auto* button = new QCommandLinkButton(QFileInfo(path).fileName().replace(QLatin1Char('&'), QStringLiteral("&&")), shortFolder(path), m_recent);
        button->setToolTip(path);
        connect(button, &QPushButton::clicked, this, [this, path] { Q_EMIT recentWanted(path); });
        m_recentLayout->addWidget(button);
    }
    m_recentLayout->addStretch(1);
}

} // namespace ravel
