// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/mainwindow.h"

#include <QCloseEvent>
#include <QDir>
#include <QDockWidget>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QGuiApplication>
#include <QMimeData>
#include <QScreen>
#include <QSettings>
#include <QStackedWidget>
#include <QStatusBar>
#include <QTimer>
#include <QUndoStack>

#include "app/actions.h"
#include "app/banners.h"
#include "app/comparecommands.h"
#include "app/commands.h"
#include "app/layouts.h"
#include "app/menus.h"
#include "app/saveflow.h"
#include "app/statusline.h"
#include "app/torchinfo.h"
#include "items/session.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

QString shortFolder(const QString& path)
{
    const QString folder = QFileInfo(path).absolutePath(), home = QDir::homePath();
    return folder.startsWith(home + u'/') || folder == home ? u'~' + folder.mid(home.size()) : folder;
}

QStringList localFiles(const QMimeData* data)
{
    QStringList files;
    for (const QUrl& url : data->urls())
        if (url.isLocalFile())
            files << url.toLocalFile();
    return files;
}

} // namespace

MainWindow::MainWindow(QWidget* parent)
    : QMainWindow(parent)
    , m_session(new Session(this))
    , m_recent(new RecentFiles(this))
    , m_actions(new Actions(this))
    , m_panes(makePanes(*this, *m_session))
    , m_saveFlow(new SaveFlow(*this, *m_session, *m_panes.messages))
    , m_banners(new Banners(*m_session, *m_panes.comparison, *m_panes.messages, this))
    , m_torch(new TorchInfo(*m_session->tasks(), this))
{
    setAcceptDrops(true);
    setDockNestingEnabled(true);
    connectPanes(*m_session, m_panes);
    registerCommands(*this);
    fillMenus(*this);
    new StatusLine(*statusBar(), *m_session, m_panes.map->element(), *actions()[u"tools.goOn"_s]);
    m_panes.map->installEventFilter(this);
    for (QDockWidget* dock : m_panes.docks())
        dock->hide();
    placeWindow();

    m_panes.start->setRecent(m_recent->paths());
    connect(m_recent, &RecentFiles::changed, this, [this] { m_panes.start->setRecent(m_recent->paths()); });
    connect(m_panes.start, &StartPage::openWanted, this, &MainWindow::askForFile);
    connect(m_panes.start, &StartPage::recentWanted, this, &MainWindow::open);
    connect(m_panes.start, &StartPage::sampleWanted, this, &MainWindow::openSample);
    connect(m_session, &Session::opened, this, &MainWindow::showDocument);
    connect(m_session, &Session::editsChanged, this, &MainWindow::showTitle);
    connect(m_session, &Session::saved, this, [this](const QString& path) {
        m_recent->add(path);
        m_sample.reset();
        showTitle();
    });
    showTitle();
}

// Where it was last; the first time at 1600 by 1000, or all of a screen that has no more than that.
void MainWindow::placeWindow()
{
    if (restoreGeometry(QSettings().value("window/geometry"_L1).toByteArray()))
        return;
    constexpr int frame = 48; // what a window manager adds
    const QSize room = screen()->availableSize();
    resize(std::min(1600, room.width()), std::min(1000, room.height() - frame));
    if (room.width() <= 1600 || room.height() <= 1000 + frame)
        setWindowState(Qt::WindowMaximized);
}

MainWindow::~MainWindow()
{
    m_session->disconnect(this);
}

void MainWindow::open(const QString& path)
{
    m_saveFlow->beforeLosingEdits([this, path] {
        m_openingSample.reset();
        m_session->open(path);
    });
}

void MainWindow::openSample(const QString& resource, const QString& title)
{
    m_saveFlow->beforeLosingEdits([this, resource, title] {
        m_openingSample = SampleCopy::make(resource);
        if (m_openingSample)
            m_session->openUntitled(m_openingSample->path(), title);
        else
            m_panes.messages->tell(u"error"_s, { Tone::Trouble, tr("The sample could not be copied to %1.").arg(QDir::tempPath()), {}, {} });
    });
}

void MainWindow::askForFile()
{
    auto* dialog = new QFileDialog(this, tr("Open a Checkpoint"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    dialog->setNameFilters({ tr("Checkpoints (*.pt *.pth *.ckpt *.bin *.safetensors *.npy *.npz *.json)"), tr("All files (*)") });
    if (m_session->document() && !m_session->untitled())
        dialog->setDirectory(QFileInfo(m_session->path()).absolutePath());
    connect(dialog, &QFileDialog::fileSelected, this, &MainWindow::open);
    dialog->open();
}

void MainWindow::showDocument()
{
    if (m_session->untitled()) {
        if (m_openingSample)
            m_sample = std::exchange(m_openingSample, std::nullopt);
    } else {
        m_sample.reset();
        m_recent->add(m_session->path());
    }
    m_panes.map->clear(); // another file is shown from its beginning to its end, even where it is laid out as the last one
    m_panes.pages->setCurrentIndex(1);
    if (!m_arranged) {
        m_arranged = true;
        if (!restoreKeptPanes(*this))
            arrange();
    }
    m_awaitingPaint = true;
    m_panes.map->setFocus();
    m_panes.map->update();
    showTitle();
}

void MainWindow::arrange() { arrangeDocks(*this, m_panes); }

void MainWindow::showTitle()
{
    const Document* document = m_session->document();
    if (!document) {
        setWindowTitle(tr("Ravel"));
        return;
    }
    QString name = m_session->title().replace("[*]"_L1, "[*][*]"_L1);
    const QString folder = m_session->untitled() ? tr("sample") : shortFolder(m_session->path());
    setWindowTitle(tr("%1[*] - %2 - Ravel").arg(name, folder));
    setWindowModified(document->modified());
    setWindowFilePath(m_session->untitled() ? QString() : m_session->path());
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    if (!m_closing && m_session->saving()) {
        event->ignore();
        m_panes.messages->tell(u"save"_s, { Tone::Information, tr("Saving is still under way: wait for it, or cancel it."), {}, {} });
        return;
    }
    if (!m_closing && m_saveFlow->wouldLoseEdits()) {
        event->ignore();
        m_saveFlow->beforeLosingEdits([this] {
            m_closing = true;
            close();
        });
        return;
    }
    keepLayout();
    Q_EMIT closed();
    QMainWindow::closeEvent(event);
}

void MainWindow::keepLayout()
{
    QSettings().setValue("window/geometry"_L1, saveGeometry());
    if (m_arranged)
        keepPanes(*this);
}

void MainWindow::changeEvent(QEvent* event)
{
    if (event->type() == QEvent::ActivationChange && isActiveWindow())
        m_banners->check();
    QMainWindow::changeEvent(event);
}

void MainWindow::dragEnterEvent(QDragEnterEvent* event)
{
    if (!localFiles(event->mimeData()).isEmpty())
        event->acceptProposedAction();
}

void MainWindow::dropEvent(QDropEvent* event)
{
    const QStringList files = localFiles(event->mimeData());
    if (files.isEmpty())
        return;
    event->acceptProposedAction();
    if (m_session->document())
        offerDropped(*this, files, mapToGlobal(event->position().toPoint()));
    else
        open(files.first());
}

bool MainWindow::eventFilter(QObject* watched, QEvent* event)
{
    if (m_awaitingPaint && watched == m_panes.map && event->type() == QEvent::Paint) {
        m_awaitingPaint = false;
        QTimer::singleShot(0, this, &MainWindow::mapPainted); // once this frame is out
    }
    return QMainWindow::eventFilter(watched, event);
}

} // namespace ravel
