// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sessionstate.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>

#include "app/mainwindow.h"
#include "app/preferences.h"
#include "app/saveflow.h"
#include "app/startup.h"
#include "document/editedrecipe.h"
#include "items/session.h"
#include "layout/slicesyntax.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"

#include <algorithm>

using namespace Qt::StringLiterals;

namespace ravel {

namespace {

constexpr int writeDelay = 700; // ms after a change
constexpr qsizetype longestSelection = 20'000;
const QString key = u"session"_s;

void add(WindowState& state, const Identity& file)
{
    state.size = std::max<qint64>(state.size, 0) + file.size;
    state.modified = std::max<qint64>(state.modified, file.mtimeNs / 1'000'000);
}

// As they were when they were opened: what stands there now may be another file, that was not looked at.
void setFileFacts(WindowState& state, const Checkpoint& checkpoint)
{
    for (const SourceFile& file : checkpoint.files) {
        add(state, file.status.identity);
        state.files << QFile::decodeName(QByteArray::fromStdString(file.path));
    }
    if (state.files == QStringList(state.path))
        state.files.clear();
}

bool fileChangedSince(const WindowState& state)
{
    WindowState now;
    for (const QString& file : state.files.isEmpty() ? QStringList(state.path) : state.files) {
        const auto status = systemIo().status(QFile::encodeName(file).toStdString());
        if (!status)
            return true;
        add(now, status->identity);
    }
    return now.size != state.size || now.modified != state.modified;
}

} // namespace

QByteArray toJson(const WindowState& state)
{
    std::vector<std::string> files;
    for (const QString& file : state.files)
        files.push_back(file.toStdString());
    nlohmann::ordered_json json { { "format", "ravel.window/1" }, { "path", state.path.toStdString() }, { "files", files }, { "size", state.size },
        { "modified", state.modified }, { "view", { state.view.begin.value, state.view.end.value } }, { "select", state.select.toStdString() },
        { "opening", state.opening }, { "ended", state.ended }, { "recipe", toJson(state.recipe) } };
    return QByteArray::fromStdString(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::optional<WindowState> windowStateFrom(const QByteArray& bytes)
{
    const auto json = nlohmann::ordered_json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (!json.is_object())
        return std::nullopt;
    try {
        if (json.at("format").get<std::string>() != "ravel.window/1")
            return std::nullopt;
        WindowState state;
        if (json.contains("files")) // an older one has none
            for (const auto& file : json.at("files"))
                state.files << QString::fromStdString(file.get<std::string>());
        state.path = QString::fromStdString(json.at("path").get<std::string>());
        state.size = json.at("size").get<qint64>();
        state.modified = json.at("modified").get<qint64>();
        state.view = { FlatIndex(json.at("view").at(0).get<std::int64_t>()), FlatIndex(json.at("view").at(1).get<std::int64_t>()) };
        state.select = QString::fromStdString(json.at("select").get<std::string>());
        state.opening = json.at("opening").get<bool>();
        state.ended = json.at("ended").get<bool>();
        auto recipe = parseRecipe(json.at("recipe").dump(), "the window's state");
        if (!recipe || state.path.isEmpty())
            return std::nullopt;
        state.recipe = std::move(*recipe);
        return state;
    } catch (const nlohmann::json::exception&) { // something of another kind than ours
        return std::nullopt;
    }
}

QString SessionState::usualFolder() { return QStandardPaths::writableLocation(QStandardPaths::AppLocalDataLocation) + u"/windows"_s; }

SessionState::SessionState(MainWindow& window, const QString& folder)
    : QObject(&window)
    , m_window(window)
    , m_folder(folder)
    , m_timer(new QTimer(this))
{
    static int number = 0;
    QDir().mkpath(folder);
    m_file = folder + u"/%1-%2.json"_s.arg(QCoreApplication::applicationPid()).arg(++number);
    m_lock = std::make_unique<QLockFile>(m_file + u".lock"_s);
    m_lock->setStaleLockTime(0);
    m_lock->tryLock(0);
    m_timer->setSingleShot(true);
    m_timer->setInterval(writeDelay);
    connect(m_timer, &QTimer::timeout, this, [this] {
        look();
        write();
    });
    Session& session = window.session();
    connect(&session, &Session::openingStarted, this, &SessionState::opening);
    connect(&session, &Session::failed, this, [this] {
        if (m_opening && !m_window.session().opening()) // else something else failed
            notOpened();
    });
    connect(&session, &Session::openingCancelled, this, &SessionState::notOpened);
    connect(&session, &Session::layoutChanged, this, &SessionState::laidOut);
    connect(&session, &Session::replayed, this, &SessionState::replayed);
    connect(&session, &Session::editsChanged, this, &SessionState::changed);
    connect(&session, &Session::saved, this, &SessionState::changed);
    connect(session.selection(), &SelectionModel::changed, this, &SessionState::moved);
    connect(window.panes().map, &OffsetMap::viewChanged, this, &SessionState::moved);
    connect(&window, &MainWindow::closed, this, [this] {
        look();
        closed();
    });
}

// Without having been closed: the program was told to end. Edits are kept for the next start.
SessionState::~SessionState()
{
    if (m_closed)
        return;
    if (m_seen.hasEdits()) { // the session may be gone already
        m_seen.state.ended = true;
        write();
    } else {
        closed();
    }
}

WindowState SessionState::whole(const Seen& seen)
{
    WindowState state = seen.state;
    if (seen.layout)
        state.recipe = recipeOf(seen.edited, *seen.layout);
    return state;
}

void SessionState::changed()
{
    const Session& session = m_window.session();
    const Document* document = session.document();
    if (m_opening)
        return;
    if (!document || session.untitled()) { // a sample goes away with its window
        m_seen = {};
    } else {
        const bool same = m_seen.layout && m_seen.edited.checkpointPtr() == document->checkpointPtr() && m_seen.state.path == session.path();
        m_seen.edited = document->edited();
        m_seen.layout = document->layout();
        if (!same) {
            m_seen.state = {};
            m_seen.state.path = session.path();
            setFileFacts(m_seen.state, document->checkpoint());
        }
    }
    moved();
}

// The first change sets the time: those that come after it put nothing off.
void SessionState::moved()
{
    if (!m_opening && !m_closed && !m_timer->isActive())
        m_timer->start();
}

void SessionState::look()
{
    const Session& session = m_window.session();
    if (!session.document() || m_seen.state.path.isEmpty())
        return;
    m_seen.state.view = m_window.panes().map->visibleRange();
    m_seen.state.select.clear();
    const Selection& selection = session.selection()->selection();
    if (!selection.empty() && selection.boxes.size() < 100)
        m_seen.state.select = QString::fromStdString(selectionText(*session.document()->layout(), selection));
    if (m_seen.state.select.size() > longestSelection)
        m_seen.state.select.clear();
}

void SessionState::write(std::function<void()> written)
{
    m_timer->stop();
    if (m_seen.state.path.isEmpty())
        m_writer.remove(m_file);
    else
        m_writer.write(m_file, [seen = m_seen] { return toJson(whole(seen)); }, std::move(written));
}

void SessionState::writeNow()
{
    look();
    write();
    m_writer.finish();
}

// At once: what comes next may end the program. Edits that are being restored stay in the file that they come from.
void SessionState::opening(const QString& path)
{
    if (m_restore && m_restore->left.state.path != path)
        m_restore.reset();
    if (!m_opening)
        look();
    if (!m_restore && !m_seen.state.path.isEmpty() && path == m_seen.state.path) // a reload: the view and the selection stay
        m_restore = Restore { { {}, m_seen.state }, false };
    m_opening = true;
    m_timer->stop();
    if (m_restore && !m_restore->left.file.isEmpty()) {
        m_window.panes().messages->withdraw(key);
        WindowState state = m_restore->left.state;
        state.opening = true;
        m_writer.write(m_restore->left.file, [state] { return toJson(state); });
        m_writer.remove(m_file);
        return;
    }
    Seen seen = m_seen;
    if (seen.state.path != path) {
        seen = {};
        seen.state.path = path;
    }
    seen.state.opening = true;
    m_writer.write(m_file, [seen] { return toJson(whole(seen)); });
}

// It failed, or was cancelled: what was open is still there, and what was to be restored is offered again.
void SessionState::notOpened()
{
    m_opening = false;
    if (const auto restore = std::exchange(m_restore, std::nullopt); restore && !restore->left.file.isEmpty()) {
        m_writer.write(restore->left.file, [state = restore->left.state] { return toJson(state); });
        offer(restore->left);
    }
    changed();
}

void SessionState::laidOut()
{
    if (m_window.session().opening())
        return; // what was open, in another layout: it will be looked at where it stays
    m_opening = false;
    m_anything = true;
    const auto restore = std::exchange(m_restore, std::nullopt);
    changed();
    if (!restore || restore->left.state.path != m_window.session().path())
        return;
    place(restore->left.state);
    if (restore->withEdits)
        m_replaying = restore->left; // the edits come in a moment
    else if (!restore->left.file.isEmpty())
        drop(restore->left);
}

// The edits that were left have a new keeper once they are written. Where none of them applied they wait for another try.
void SessionState::replayed(const Replayed& result)
{
    const auto left = std::exchange(m_replaying, std::nullopt);
    if (!left)
        return;
    if (result.applied == 0) {
        m_writer.write(left->file, [state = left->state] { return toJson(state); });
        return;
    }
    look();
    write([file = left->file] { QFile::remove(file); });
}

void SessionState::place(const WindowState& state)
{
    Session& session = m_window.session();
    const FlatLayout& layout = *session.document()->layout();
    if (const auto selection = parseSelection(layout, state.select.toStdString()); selection && !state.select.isEmpty())
        session.selection()->select(*selection);
    if (state.view.begin >= FlatIndex(0) && state.view.count().value > 0 && state.view.end <= FlatIndex(layout.numel().value) && state.view.count() < layout.numel())
        m_window.panes().map->showRange(state.view);
}

void SessionState::closed()
{
    m_closed = true;
    m_timer->stop();
    WindowState state = m_seen.state;
    if (!state.path.isEmpty()) {
        state.recipe.layout = m_seen.layout->spec();
        QSettings().setValue("session/last"_L1, QString::fromUtf8(toJson(state)));
    } else if (!m_anything) {
        QSettings().remove("session/last"_L1); // closed on the start page
    }
    m_writer.remove(m_file);
    m_writer.finish(); // before the lock goes
    m_lock->unlock();
}

std::optional<WindowState> SessionState::last() { return windowStateFrom(QSettings().value("session/last"_L1).toString().toUtf8()); }

std::vector<SessionState::Left> SessionState::left() const
{
    std::vector<Left> all;
    for (const QFileInfo& info : QDir(m_folder).entryInfoList({ u"*.json"_s }, QDir::Files, QDir::Time)) {
        QLockFile lock(info.filePath() + u".lock"_s);
        lock.setStaleLockTime(0); // one whose owner lives is never taken
        if (info.filePath() == m_file || !lock.tryLock(0))
            continue;
        lock.unlock();
        QFile file(info.filePath());
        if (!file.open(QIODevice::ReadOnly))
            continue;
        if (const auto state = windowStateFrom(file.readAll()))
            all.push_back({ info.filePath(), *state });
        else // of another version, perhaps: its edits are not ours to throw away
            QFile::rename(info.filePath(), info.filePath() + u".unreadable"_s);
    }
    return all;
}

void SessionState::start(const QString& asked)
{
    std::vector<Left> all = left();
    std::stable_partition(all.begin(), all.end(), [](const Left& each) { return !each.state.recipe.steps.empty(); }); // what can be lost comes first
    const QString wanted = asked.isEmpty() ? QString() : QDir::cleanPath(QFileInfo(asked).absoluteFilePath());
    for (const Left& each : all) {
        if (wanted.isEmpty() || (each.state.path == wanted && !each.state.recipe.steps.empty())) {
            if (wanted.isEmpty())
                offer(each);
            else // what is being opened clears the messages
                connect(&m_window.session(), &Session::opened, this, [this, each] { offer(each); }, Qt::SingleShotConnection);
            return;
        }
    }
    if (!wanted.isEmpty() || !continuesWhereLeft())
        return;
    if (const auto state = last(); state && QFileInfo::exists(state->path))
        open({ {}, *state }, false);
}

void SessionState::offer(const Left& left)
{
    const WindowState& state = left.state;
    const QString name = QFileInfo(state.path).fileName();
    const int edits = static_cast<int>(state.recipe.steps.size());
    QString text = state.opening ? tr("Ravel ended unexpectedly while it was opening %1.").arg(name)
        : state.ended            ? tr("Ravel was ended while %1 was open.").arg(name)
                                 : tr("Ravel ended unexpectedly while %1 was open.").arg(name);
    if (edits > 0)
        text += u' ' + tr("%Ln edit(s) had not been saved.", nullptr, edits);
    if (edits > 0 && fileChangedSince(state))
        text += u' ' + tr("The file has changed since.");
    Message message { state.ended ? Tone::Information : Tone::Warning, text, {}, {} };
    // Offered until it is done: the question about what is open may be cancelled, the file not be there.
    const auto opens = [this, left](bool withEdits) {
        return [this, left, withEdits] {
            offer(left);
            open(left, withEdits);
        };
    };
    if (edits > 0)
        message.answers.push_back({ tr("Restore Edits"), opens(true) });
    if (m_window.session().document() == nullptr)
        message.answers.push_back({ edits > 0 ? tr("Open Without Them") : tr("Open It Again"), opens(false) });
    message.answers.push_back({ edits > 0 ? tr("Drop Them") : tr("Forget It"), [this, left] { drop(left); } });
    m_window.panes().messages->tell(key, message);
    if (tracing())
        trace(("offered: " + text.toUtf8()).constData());
}

void SessionState::drop(const Left& left) { m_writer.remove(left.file); }

void SessionState::open(const Left& left, bool withEdits)
{
    m_window.saveFlow().beforeLosingEdits([this, left, withEdits] {
        m_restore = Restore { left, withEdits };
        Session& session = m_window.session();
        if (withEdits)
            session.openWithEdits(left.state.path, left.state.recipe);
        else
            session.open(left.state.path, left.state.recipe.layout);
        if (!session.opening())
            m_restore.reset(); // refused
    });
}

} // namespace ravel
