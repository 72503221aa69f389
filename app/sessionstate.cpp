// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/sessionstate.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QSaveFile>
#include <QSettings>
#include <QStandardPaths>
#include <QTimer>

#include "app/mainwindow.h"
#include "app/preferences.h"
#include "app/saveflow.h"
#include "app/startup.h"
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

void setFileFacts(WindowState& state)
{
    const QFileInfo info(state.path);
    state.size = info.exists() ? info.size() : -1;
    state.modified = info.lastModified().toMSecsSinceEpoch();
}

bool fileChangedSince(const WindowState& state)
{
    WindowState now;
    now.path = state.path;
    setFileFacts(now);
    return now.size != state.size || now.modified != state.modified;
}

// All of it or none: a state that cannot be written costs the offer to restore, never the work.
void write(const QString& path, const WindowState& state)
{
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && file.write(toJson(state)) > 0)
        file.commit();
}

} // namespace

QByteArray toJson(const WindowState& state)
{
    nlohmann::ordered_json json { { "format", "ravel.window/1" }, { "path", state.path.toStdString() }, { "size", state.size },
        { "modified", state.modified }, { "view", { state.view.begin.value, state.view.end.value } }, { "select", state.select.toStdString() },
        { "opening", state.opening }, { "ended", state.ended }, { "recipe", toJson(state.recipe) } };
    return QByteArray::fromStdString(json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

std::optional<WindowState> windowStateFrom(const QByteArray& bytes)
{
    const auto json = nlohmann::ordered_json::parse(bytes.begin(), bytes.end(), nullptr, false);
    if (!json.is_object() || json.value("format", "") != "ravel.window/1")
        return std::nullopt;
    try {
        WindowState state;
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
    connect(m_timer, &QTimer::timeout, this, &SessionState::writeNow);
    Session& session = window.session();
    connect(&session, &Session::openingStarted, this, &SessionState::opening);
    connect(&session, &Session::failed, this, [this] {
        m_opening = false;
        m_restore.reset();
        change();
    });
    connect(&session, &Session::layoutChanged, this, &SessionState::laidOut);
    connect(&session, &Session::editsChanged, this, &SessionState::change);
    connect(&session, &Session::saved, this, &SessionState::change);
    connect(session.selection(), &SelectionModel::changed, this, &SessionState::change);
    connect(window.panes().map, &OffsetMap::viewChanged, this, &SessionState::change);
    connect(&window, &MainWindow::closed, this, &SessionState::closed);
}

// Without having been closed: the program was told to end. Edits are kept for the next start.
SessionState::~SessionState()
{
    if (m_closed)
        return;
    if (!m_seen.recipe.steps.empty()) { // the session may be gone already
        m_seen.ended = true;
        write(m_file, m_seen);
    } else {
        closed();
    }
}

WindowState SessionState::current() const
{
    const Session& session = m_window.session();
    const Document* document = session.document();
    WindowState state;
    if (!document || session.untitled()) // a sample goes away with its window
        return state;
    state.path = session.path();
    state.recipe = document->recipe();
    state.view = m_window.panes().map->visibleRange();
    const Selection& selection = session.selection()->selection();
    if (!selection.empty() && selection.boxes.size() < 100)
        state.select = QString::fromStdString(selectionText(*document->layout(), selection));
    if (state.select.size() > longestSelection)
        state.select.clear();
    setFileFacts(state);
    return state;
}

void SessionState::change()
{
    if (m_opening)
        return;
    m_seen = current();
    m_timer->start();
}

// At once: what comes next may end the program.
void SessionState::opening(const QString& path)
{
    if (m_restore && m_restore->path != path)
        m_restore.reset();
    if (!m_restore && !m_seen.path.isEmpty() && path == m_seen.path) { // a reload: the view and the selection stay
        m_restore = m_seen;
        m_withEdits = false;
    }
    m_opening = true;
    WindowState state = m_seen;
    state.opening = true;
    if (state.path != path) {
        state = WindowState();
        state.path = path;
        state.opening = true;
        setFileFacts(state);
    }
    write(m_file, state);
}

void SessionState::laidOut()
{
    m_opening = false;
    m_anything = true;
    if (const auto state = std::exchange(m_restore, std::nullopt); state && state->path == m_window.session().path())
        restore(*state, m_withEdits);
    change();
}

void SessionState::restore(const WindowState& state, bool withEdits)
{
    Session& session = m_window.session();
    const FlatLayout& layout = *session.document()->layout();
    if (const auto selection = parseSelection(layout, state.select.toStdString()); selection && !state.select.isEmpty())
        session.selection()->select(*selection);
    if (state.view.count().value > 0 && state.view.end <= FlatIndex(layout.numel().value) && state.view.count() < layout.numel())
        m_window.panes().map->showRange(state.view);
    if (withEdits)
        for (const Step& step : state.recipe.steps)
            session.apply(step);
}

void SessionState::writeNow()
{
    if (m_seen.path.isEmpty())
        QFile::remove(m_file);
    else
        write(m_file, m_seen);
}

void SessionState::closed()
{
    m_closed = true;
    m_timer->stop();
    if (!m_seen.path.isEmpty()) {
        WindowState state = m_seen;
        state.recipe.steps.clear();
        QSettings().setValue("session/last"_L1, QString::fromUtf8(toJson(state)));
    } else if (!m_anything) {
        QSettings().remove("session/last"_L1); // closed on the start page
    }
    QFile::remove(m_file);
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
        const auto state = file.open(QIODevice::ReadOnly) ? windowStateFrom(file.readAll()) : std::nullopt;
        if (state)
            all.push_back({ info.filePath(), *state });
        else
            QFile::remove(info.filePath());
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
        open(*state, false);
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
    const auto answered = [file = left.file] { QFile::remove(file); };
    Message message { state.ended ? Tone::Information : Tone::Warning, text, {}, {} };
    if (edits > 0)
        message.answers.push_back({ tr("Restore Edits"), [this, answered, state] { answered(), open(state, true); } });
    if (m_window.session().document() == nullptr)
        message.answers.push_back({ edits > 0 ? tr("Open Without Them") : tr("Open It Again"), [this, answered, state] { answered(), open(state, false); } });
    message.answers.push_back({ edits > 0 ? tr("Drop Them") : tr("Forget It"), answered });
    m_window.panes().messages->tell(key, message);
    if (tracing())
        trace(("offered: " + text.toUtf8()).constData());
}

void SessionState::open(const WindowState& state, bool withEdits)
{
    m_window.saveFlow().beforeLosingEdits([this, state, withEdits] {
        m_restore = state;
        m_withEdits = withEdits;
        m_window.session().open(state.path, state.recipe.layout);
    });
}

} // namespace ravel
