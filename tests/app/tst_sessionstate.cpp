// SPDX-License-Identifier: GPL-3.0-or-later
// What a window leaves to the next start: where it was, and after a crash the edits that were not saved.
#include "app/sessionstate.h"
#include "support/shardset.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "windowfixture.h"

#include <QDir>
#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QUndoStack>

using namespace ravel;
using namespace Qt::StringLiterals;

namespace {

std::optional<WindowState> stateIn(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? windowStateFrom(file.readAll()) : std::nullopt;
}

} // namespace

class TestSessionState : public QObject, WindowFixture {
    Q_OBJECT
    QString m_path;

    // As a process that is no more: each of these times 3, not saved.
    void leave(const QString& file, const QStringList& tensors = { u"counting"_s })
    {
        WindowState state;
        state.path = m_path;
        for (const QString& tensor : tensors) {
            Step step;
            step.operation = Operation::Multiply;
            step.value = Number::ofReal(3);
            step.select = { { tensor.toStdString(), false } };
            state.recipe.steps.push_back(step);
        }
        const QByteArray bytes = toJson(state);
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write(bytes) == bytes.size());
    }

private Q_SLOTS:
    void initTestCase() { useOwnSettings("ravel-test-sessionstate"); }

    void init()
    {
        QSettings().clear();
        m_path = writeSample(m_folder);
        QVERIFY(openWindow(m_path));
    }

    void cleanup() { m_window.reset(); }

    // Closed in order: the next start goes on with the file, the place and the selection.
    void theNextStartGoesOn()
    {
        const QString folder = m_folder.filePath("states1");
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("encoder.layers.1.weight[3, :]");
        panes().map->showRange({ FlatIndex(20), FlatIndex(60) });
        state->writeNow();
        QVERIFY(QFile::exists(state->file()));
        m_window->close();
        QVERIFY(!QFile::exists(state->file()));
        QVERIFY(SessionState::last());

        auto next = another();
        auto* after = new SessionState(*next, folder);
        QSignalSpy opened(&next->session(), &Session::layoutChanged);
        after->start({});
        QVERIFY(waitFor(opened));
        QCOMPARE(next->session().path(), m_path);
        QCOMPARE(next->panes().map->visibleRange(), (FlatRange { FlatIndex(20), FlatIndex(60) }));
        QVERIFY(next->panes().slice->lineEdit()->text().startsWith("encoder.layers.1.weight[3"));
        next->close();

        QSettings().setValue("session/continue", false);
        auto third = another();
        (new SessionState(*third, folder))->start({});
        QVERIFY(!third->session().opening());
    }

    void aCrashIsToldOfAndItsEditsAreOffered()
    {
        const QString folder = m_folder.filePath("states2");
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        state->writeNow();
        QVERIFY(QFile::copy(state->file(), folder + u"/1-1.json"_s)); // as a process that is no more has left it
        m_window->close();
        if (auto* box = m_window->findChild<QMessageBox*>("unsavedEdits"))
            box->button(QMessageBox::Discard)->click();
        QTRY_VERIFY(!m_window->isVisible());

        auto next = another();
        auto* after = new SessionState(*next, folder);
        after->start({});
        QVERIFY(!next->session().opening()); // not blindly
        QVERIFY2(next->panes().messages->textOf("session").contains("1 edit"), qPrintable(next->panes().messages->textOf("session")));
        QSignalSpy replayed(&next->session(), &Session::replayed);
        next->panes().messages->answer("session", 0);
        QVERIFY(waitFor(replayed));
        QCOMPARE(floatsIn(next->session().document()->edited(), "counting")[23], 69.0F);
        QVERIFY(next->isWindowModified());
        QVERIFY2(next->panes().messages->textOf("replayed").startsWith("Restored 1 edit"), qPrintable(next->panes().messages->textOf("replayed")));
        QVERIFY(!next->panes().messages->has("session"));
        QTRY_VERIFY(!QFile::exists(folder + u"/1-1.json"_s)); // once the new one has them
        QCOMPARE(stateIn(after->file())->recipe.steps.size(), 1u);
    }

    // They are lost with nothing that comes between the question and their being there again.
    void whatCannotBeRestoredNowIsOfferedAgain_data()
    {
        QTest::addColumn<QString>("how");
        for (const char* how : { "not there", "cancelled", "other edits", "killed" })
            QTest::newRow(how) << QString::fromLatin1(how);
    }
    void whatCannotBeRestoredNowIsOfferedAgain()
    {
        QFETCH(QString, how);
        const QString folder = m_folder.filePath(u"states-"_s + how), file = folder + u"/1-1.json"_s;
        QVERIFY(QDir().mkpath(folder));
        leave(file);
        if (how == "not there")
            QVERIFY(QFile::rename(m_path, m_path + u".away"_s));
        auto* state = new SessionState(*m_window, folder);
        MessageBar& messages = *panes().messages;
        if (how == "other edits") {
            slice("counting");
            QVERIFY(edit(Operation::Multiply, "5"));
        }
        state->start({});
        QVERIFY(messages.textOf("session").contains("1 edit"));
        QSignalSpy cancelled(&session(), &Session::openingCancelled), failed(&session(), &Session::failed);
        messages.answer("session", 0);
        if (how == "not there") {
            QVERIFY(waitFor(failed));
            QVERIFY(QFile::rename(m_path + u".away"_s, m_path));
        } else if (how == "cancelled") {
            session().cancel();
            QVERIFY(waitFor(cancelled));
        } else if (how == "other edits") {
            auto* box = m_window->findChild<QMessageBox*>("unsavedEdits");
            QVERIFY(box);
            box->button(QMessageBox::Cancel)->click();
            QTRY_VERIFY(!m_window->findChild<QMessageBox*>("unsavedEdits"));
            session().undoStack()->undo();
        } else { // while it is being opened: one state, with the edits
            state->writeNow();
            const auto left = stateIn(file);
            QVERIFY(left && left->opening);
            QCOMPARE(left->recipe.steps.size(), 1u);
            return;
        }
        QVERIFY2(messages.textOf("session").contains("1 edit"), qPrintable(messages.textOf("session")));
        state->writeNow();
        QVERIFY(stateIn(file) && !stateIn(file)->opening);
        QSignalSpy replayed(&session(), &Session::replayed);
        messages.answer("session", 0);
        QVERIFY(waitFor(replayed));
        QCOMPARE(floatsIn(session().document()->edited(), "counting")[23], 69.0F);
        QTRY_VERIFY(!QFile::exists(file));
    }

    // None of them fits the file that is there now: they may fit the one that was.
    void editsOfWhichNoneAppliesAreKept()
    {
        const QString folder = m_folder.filePath("states5"), file = folder + u"/1-1.json"_s;
        QVERIFY(QDir().mkpath(folder));
        leave(file, { "no.such.tensor", "nor.this" });
        auto* state = new SessionState(*m_window, folder);
        state->start({});
        QSignalSpy replayed(&session(), &Session::replayed);
        panes().messages->answer("session", 0);
        QVERIFY(waitFor(replayed));
        const QString text = panes().messages->textOf("replayed");
        QVERIFY2(text.startsWith("2 of 2 edit(s) could not be applied"), qPrintable(text));
        state->writeNow();
        QVERIFY(stateIn(file) && !stateIn(file)->opening);
        QCOMPARE(stateIn(file)->recipe.steps.size(), 2u);
    }

    // Of a later version, say: no start fails over it, and none throws it away.
    void whatCannotBeReadIsPutAside()
    {
        const QString folder = m_folder.filePath("states11"), file = folder + u"/1-1.json"_s;
        QVERIFY(QDir().mkpath(folder));
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly) && out.write("{\"format\": 2}") > 0);
        out.close();
        (new SessionState(*m_window, folder))->start({});
        QVERIFY(!panes().messages->has("session"));
        QVERIFY(!QFile::exists(file) && QFile::exists(file + u".unreadable"_s));
    }

    // After it edits are kept as before.
    void aCancelledOpeningEndsNothing()
    {
        auto* state = new SessionState(*m_window, m_folder.filePath("states6"));
        QVERIFY(open(*m_window, m_path));
        QSignalSpy cancelled(&session(), &Session::openingCancelled);
        m_window->open(writeSample(m_folder, "other.safetensors"));
        session().cancel();
        QVERIFY(waitFor(cancelled));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        const auto written = [state] {
            const auto now = stateIn(state->file());
            return now && now->recipe.steps.size() == 1 && !now->opening;
        };
        QTRY_VERIFY(written());
        QCOMPARE(stateIn(state->file())->path, m_path);
    }

    // Who looks around after an edit puts its writing off no further.
    void changesThatFollowDoNotPutItOff()
    {
        auto* state = new SessionState(*m_window, m_folder.filePath("states7"));
        QVERIFY(open(*m_window, m_path));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        bool wrote = false;
        for (int frame = 0; frame < 400 && !wrote; ++frame) { // 20 ms each, without a pause of 700
            panes().map->showRange({ FlatIndex(frame % 10), FlatIndex(40) });
            QTest::qWait(20);
            const auto now = stateIn(state->file());
            wrote = now && now->recipe.steps.size() == 1;
        }
        QVERIFY(wrote);
    }

    // What was opened counts, not what stands at its place later.
    void aFileThatWasReplacedMeanwhileIsSaid()
    {
        const QString folder = m_folder.filePath("states8");
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        const auto bytes = readBytes(m_path.toStdString());
        QFile::remove(m_path);
        auto longer = sampleBytes();
        longer.push_back(std::byte { 0 });
        writeBytes(m_path.toStdString(), longer);
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        state->writeNow();
        QCOMPARE(stateIn(state->file())->size, static_cast<qint64>(bytes.size()));
        QVERIFY(QFile::copy(state->file(), folder + u"/1-1.json"_s));
        auto next = another();
        (new SessionState(*next, folder))->start({});
        QVERIFY2(next->panes().messages->textOf("session").contains("The file has changed since."), qPrintable(next->panes().messages->textOf("session")));
    }

    // Of a set it is its files that change.
    void aSetThatWasReplacedMeanwhileIsSaid()
    {
        const QString folder = m_folder.filePath("states9"), set = m_folder.filePath("set");
        QVERIFY(QDir().mkpath(set));
        writeSet(set.toStdString(), sampleShards());
        auto* state = new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, set));
        slice("layers.1.weight");
        QVERIFY(edit(Operation::Multiply, "3"));
        state->writeNow();
        QVERIFY(stateIn(state->file())->files.size() > 1);
        QVERIFY(QFile::copy(state->file(), folder + u"/1-1.json"_s));
        for (const bool change : { false, true }) {
            if (change) {
                QFile shard(stateIn(state->file())->files.last());
                QVERIFY(shard.open(QIODevice::Append) && shard.write("x") == 1);
            }
            auto next = another();
            (new SessionState(*next, folder))->start({});
            QCOMPARE(next->panes().messages->textOf("session").contains("The file has changed since."), change);
        }
    }

    // Steps under two scopes are written out as names, on the writer's thread.
    void editsUnderTwoScopesAreKept()
    {
        auto* state = new SessionState(*m_window, m_folder.filePath("states10"));
        QVERIFY(open(*m_window, m_path));
        for (const char* scope : { "", "encoder" }) {
            LayoutSpec spec = session().document()->layout()->spec();
            spec.scope = scope;
            session().setLayout(spec);
            slice(*scope ? "layers.0.bias" : "counting");
            QVERIFY(edit(Operation::Multiply, "2"));
        }
        state->writeNow();
        const auto written = stateIn(state->file());
        QVERIFY(written && written->recipe == session().document()->recipe());
        QCOMPARE(written->recipe.steps.size(), 2u);
    }

    void discardedEditsAreGone()
    {
        const QString folder = m_folder.filePath("states3");
        new SessionState(*m_window, folder);
        QVERIFY(open(*m_window, m_path));
        slice("counting");
        QVERIFY(edit(Operation::Multiply, "3"));
        m_window->close();
        m_window->findChild<QMessageBox*>("unsavedEdits")->button(QMessageBox::Discard)->click();
        QTRY_VERIFY(!m_window->isVisible());
        m_window.reset();
        QVERIFY(SessionState::last() && SessionState::last()->recipe.steps.empty());
        QVERIFY(QDir(folder).entryList({ "*.json" }).isEmpty());
    }

    void aReloadKeepsThePlace()
    {
        new SessionState(*m_window, m_folder.filePath("states4"));
        QVERIFY(open(*m_window, m_path));
        slice("encoder.layers.0.bias");
        panes().map->showRange({ FlatIndex(10), FlatIndex(40) });
        QSignalSpy again(&session(), &Session::layoutChanged);
        session().reload();
        QVERIFY(waitFor(again));
        QCOMPARE(panes().map->visibleRange(), (FlatRange { FlatIndex(10), FlatIndex(40) }));
        QCOMPARE(panes().slice->lineEdit()->text(), "encoder.layers.0.bias");
    }

    void aStateIsReadBack()
    {
        WindowState state;
        state.path = u"/tmp/ünï \"x\".pt"_s;
        state.files = { u"/tmp/a"_s, u"/tmp/b"_s };
        state.size = 12;
        state.modified = 34;
        state.view = { FlatIndex(3), FlatIndex(9) };
        state.select = u"a[1, :]"_s;
        state.opening = true;
        state.recipe.layout.order = Order::Sorted;
        const auto back = windowStateFrom(toJson(state));
        QVERIFY(back.has_value());
        QVERIFY(*back == state);
        for (const QByteArray& bad : { QByteArray(), QByteArray("{"), QByteArray("[]"), QByteArray("{\"format\": \"ravel.window/1\"}"), QByteArray("{\"format\": 3}"), QByteArray("{}"),
                 QByteArray(toJson(state)).replace("\"size\":12", "\"size\":\"12\""), QByteArray(toJson(state)).replace("[3,9]", "[3]") })
            QVERIFY2(!windowStateFrom(bad), bad.constData());
    }
};

QTEST_MAIN(TestSessionState)
#include "tst_sessionstate.moc"
