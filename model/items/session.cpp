// SPDX-License-Identifier: GPL-3.0-or-later
#include <QDir>
#include <QFileInfo>
#include <QTimer>
#include <QUndoStack>

#include "items/session.h"

#include "base/heap.h"
#include "items/applycommand.h"
#include "items/qtext.h"

namespace ravel {

namespace {

constexpr int coordinators = 6; // tasks mostly wait for the compute pool, of which there is one for the process
constexpr int restBeforeTrim = 1000; // ms

} // namespace

Session::Session(QObject* parent)
    : QObject(parent)
    , m_tasks(new Tasks(coordinators, this))
    , m_selection(new SelectionModel(this))
    , m_undoStack(new QUndoStack(this))
    , m_statisticsTimer(new QTimer(this))
{
    m_statisticsTimer->setInterval(100);
    connect(m_statisticsTimer, &QTimer::timeout, this, &Session::tellStatistics);
    connect(m_tasks, &Tasks::progressed, this, &Session::progressed);
    connect(m_tasks, &Tasks::idle, this, &Session::idle);
    // What the work has used goes back to the system once nothing has followed it for a while.
    auto* rest = new QTimer(this);
    rest->setSingleShot(true);
    rest->setInterval(restBeforeTrim);
    connect(m_tasks, &Tasks::idle, rest, qOverload<>(&QTimer::start));
    connect(rest, &QTimer::timeout, this, [] { computePool().post(trimHeap); });
}

Session::~Session()
{
    delete m_tasks; // joins; its tasks deliver to members of this
    m_tasks = nullptr;
    m_undoStack->blockSignals(true); // it clears itself, and whoever listens would ask for a document
    delete m_undoStack;
}

bool Session::busy() const { return m_tasks->busy(); }
QString Session::path() const { return m_path; }
QString Session::title() const
{
    return m_untitled ? m_untitledAs : QFileInfo(m_path).fileName();
}

void Session::open(const QString& path, const LayoutSpec& spec) { openAs({ path, spec }); }
void Session::openUntitled(const QString& path, const QString& title) { openAs({ path, {}, title }); }
void Session::openWithEdits(const QString& path, const Recipe& edits) { openAs({ path, edits.layout, {}, edits }); }

void Session::reload() { reloadAs(std::nullopt); }

void Session::reloadWithEdits()
{
    if (m_document && applying())
        Q_EMIT failed(tr("An edit is still being applied: the file can be reloaded when it is done."));
    else if (m_document)
        reloadAs(m_document->namedRecipe());
}

void Session::reloadAs(std::optional<Recipe> edits)
{
    if (m_document)
        openAs({ m_path, m_document->layout()->spec(), m_untitled ? std::optional(m_untitledAs) : std::nullopt, edits.value_or(Recipe()), edits.has_value() });
}

void Session::openAs(const Opening& wanted)
{
    if (m_saving) {
        Q_EMIT failed(tr("A save is under way: a file can be opened when it is done."));
        return;
    }
    if (m_openJob)
        m_openJob->cancel();
    m_opening = true;
    Opening opening = wanted;
    opening.path = QDir::cleanPath(QFileInfo(wanted.path).absoluteFilePath()); // a folder's has no slash at its end
    Q_EMIT openingStarted(opening.path);
    const std::string file = QFile::encodeName(opening.path).toStdString();
    const int ticket = ++m_openTicket;
    m_openJob = m_tasks->runAlways<Result<Opened>>(
        tr("Opening %1").arg(QFileInfo(opening.path).fileName()),
        [file, spec = opening.spec, edits = opening.edits](const Job& job) { return openNow(file, spec, job, edits); },
        [this, ticket, opening](Result<Opened> result, bool cancelled) {
            if (ticket != m_openTicket)
                return; // another one has taken its place
            m_opening = false;
            if (cancelled)
                Q_EMIT openingCancelled();
            else if (!result)
                Q_EMIT failed(sentenceOf(result.error()));
            else
                finishOpening(opening, std::move(*result));
        });
}

void Session::finishOpening(const Opening& opening, Opened result)
{
    if (opening.reloaded && m_document && m_document->namedRecipe() != opening.edits) { // undone or redone meanwhile
        reloadWithEdits();
        return;
    }
    m_untitled = opening.untitledAs.has_value();
    m_untitledAs = opening.untitledAs.value_or(QString());
    m_selection->select({});
    m_selection->hover(std::nullopt);
    const Document::Replay kept = std::move(result.replay);
    adopt(std::move(result), opening.path);
    Q_EMIT opened();
    Q_EMIT layoutChanged();
    replay(kept, opening.reloaded);
}

Result<Opened> Session::openNow(const std::string& path, const LayoutSpec& spec, const Job& job, const Recipe& edits)
{
    Opened opened;
    RAVEL_ASSIGN(opened.document, Document::open(path, spec, {}, job));
    RAVEL_ASSIGN(opened.replay, opened.document->replay(edits, job));
    opened.tree = ParameterTree::make(opened.document->checkpointPtr());
    trimHeap(); // a large header leaves more behind than the checkpoint keeps
    return opened;
}

void Session::adopt(Opened opened, const QString& path)
{
    stopAnalysis();
    cancelPreview();
    m_toApply.clear();
    if (m_applyJob)
        m_applyJob->cancel(); // it is meant for the document before
    m_undoStack->clear();
    m_document = std::move(opened.document);
    m_tree = std::move(opened.tree);
    m_path = path;
    ++m_revision;
    startAnalysis();
}

void Session::setLayout(const LayoutSpec& spec)
{
    if (!m_document)
        return;
    stopAnalysis();
    cancelPreview();
    const auto changed = m_document->setLayout(spec);
    if (changed) {
        ++m_revision;
        m_selection->hover(std::nullopt);
    }
    startAnalysis();
    if (changed)
        Q_EMIT layoutChanged();
    else
        Q_EMIT failed(sentenceOf(changed.error()));
}

// The pyramid has one writer: a build that was cancelled ends within a chunk, and only then does the next one start.
void Session::startAnalysis()
{
    if (m_analysis) {
        m_analysisAgain = true;
        return;
    }
    m_analysisAgain = false;
    setCut(false);
    m_toldPyramid = 0;
    m_statisticsTimer->start();
    m_analysis = m_tasks->runAlways<Result<>>(
        tr("Analysing"),
        [pyramid = m_document->pyramid(), edited = m_document->edited()](const Job& job) { return pyramid->build(edited, job); },
        [this](Result<> built, bool cancelled) {
            m_analysis.reset();
            m_statisticsTimer->stop();
            tellStatistics();
            if (m_analysisAgain)
                startAnalysis();
            else
                setCut(cancelled && !built);
            if (!cancelled && !built)
                Q_EMIT failed(sentenceOf(built.error()));
        });
}

void Session::stopAnalysis()
{
    m_analysisAgain = false;
    if (m_analysis)
        m_analysis->cancel();
}

void Session::tellStatistics()
{
    if (!m_document)
        return;
    const std::uint64_t known = m_document->pyramid()->revision();
    if (known == m_toldPyramid)
        return;
    m_toldPyramid = known;
    Q_EMIT statisticsChanged();
}

void Session::setCut(bool cut)
{
    if (std::exchange(m_cut, cut) != cut)
        Q_EMIT unfinishedChanged();
}

void Session::goOn()
{
    if (unfinished() && !m_analysis)
        startAnalysis();
}

void Session::cancel()
{
    m_toApply.clear();
    m_tasks->cancelNamed();
}

} // namespace ravel
