// SPDX-License-Identifier: GPL-3.0-or-later
// Looks and manners of the real window: themes, keys, layouts, what is read aloud, tables and figures.
#include "app/figure.h"
#include "app/figurecommands.h"
#include "app/figuredialog.h"
#include "app/keysheet.h"
#include "app/layouts.h"
#include "app/preferences.h"
#include "app/saveflow.h"
#include "app/theme.h"
#include "items/comparison.h"
#include "widgets/anomalypane.h"
#include "widgets/bookmarkpane.h"
#include "widgets/comparisonpane.h"
#include "widgets/histogramview.h"
#include "widgets/mapscene.h"
#include "widgets/messagebar.h"
#include "widgets/offsetmap.h"
#include "widgets/tabletext.h"
#include "widgets/togglebutton.h"
#include "widgets/tones.h"
#include "widgets/treepane.h"
#include "widgets/valuepane.h"
#include "windowfixture.h"

#include <QAbstractSpinBox>
#include <QAccessible>
#include <QApplication>
#include <QClipboard>
#include <QCheckBox>
#include <QComboBox>
#include <QDataStream>
#include <QDialog>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QKeySequenceEdit>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QScopeGuard>
#include <QScreen>
#include <QSettings>
#include <QTableView>
#include <QTreeView>
#include <QTreeWidget>

#include <algorithm>
#include <memory>
#include <semaphore>

using namespace ravel;
using namespace Qt::StringLiterals;

class TestLooks : public QObject, WindowFixture {
    Q_OBJECT
    QString m_path;

private Q_SLOTS:
    void initTestCase()
    {
        useOwnSettings();
    }

    void init()
    {
        QSettings().clear();
        applyTheme(Theme::Light);
        m_path = writeSample(m_folder);
        QVERIFY(openWindow(m_path));
    }

    void cleanup()
    {
        m_window.reset();
        applyTheme(Theme::System);
    }

    void textHasContrast_data()
    {
        QTest::addColumn<bool>("dark");
        QTest::newRow("light") << false;
        QTest::newRow("dark") << true;
    }
    void textHasContrast()
    {
        QFETCH(bool, dark);
        const QPalette p = paletteOf(dark);
        QCOMPARE(isDark(p), dark);
        const auto check = [](const char* what, const QColor& ink, const QColor& ground, double least = 4.5) {
            if (contrast(ink, ground) < least)
                QFAIL(qPrintable(QStringLiteral("%1: %2 on %3 is %4").arg(QString::fromLatin1(what), ink.name(), ground.name()).arg(contrast(ink, ground))));
        };
        using P = QPalette;
        const struct {
            const char* what;
            P::ColorRole ink, ground;
        } pairs[] { { "window", P::WindowText, P::Window }, { "text", P::Text, P::Base }, { "rows", P::Text, P::AlternateBase }, { "button", P::ButtonText, P::Button },
            { "selected", P::HighlightedText, P::Highlight }, { "tip", P::ToolTipText, P::ToolTipBase }, { "link", P::Link, P::Base }, { "visited", P::LinkVisited, P::Base },
            { "placeholder", P::PlaceholderText, P::Base } };
        for (const auto& pair : pairs)
            for (const P::ColorGroup group : { P::Active, P::Inactive })
                check(pair.what, p.color(group, pair.ink), p.color(group, pair.ground));
        for (const P::ColorRole ground : { P::Window, P::Base }) {
            check("trouble", troubleText(p), p.color(ground));
            check("muted", mutedText(p), p.color(ground));
        }
        for (const Tone tone : { Tone::Information, Tone::Warning, Tone::Trouble })
            check("message", p.color(P::WindowText), toneBackground(p, tone));
        const MapTheme t = MapTheme::of(p);
        for (const QColor& ground : { t.module[0], t.module[1], t.tensor[0], t.tensor[1] })
            check("names on the map", t.text, ground);
        check("names of lanes", t.faintText, t.gutter);
        check("numbers on the map", readable(t.text, t.background), t.background);
        check("NaN", t.nan, t.background);
        check("Inf", t.inf, t.background);
        check("edits", t.edit, t.background, 3);
        check("selection", t.selectionLine, t.background, 3);
        check("mean", t.mean, t.deviation, 3);
    }

    // A window that is open follows at once: the map with its theme, the panes with their palette.
    void aThemeIsFollowedAtOnce()
    {
        const auto ground = [this](QWidget* widget) { return widget->grab().toImage().pixelColor(3, widget->height() * 3 / 4).lightness(); };
        action("theme.dark")->trigger();
        QCoreApplication::processEvents();
        QCOMPARE(panes().map->scene().theme, MapTheme::of(darkPalette()));
        QVERIFY(isDark(m_window->palette()));
        QVERIFY(ground(panes().tree->view()->viewport()) < 90);
        QTRY_VERIFY(ground(panes().map) < 90); // drawn soon, not at once
        QTRY_VERIFY(ground(panes().histogram) < 90);
        QCOMPARE(QSettings().value("view/theme").toString(), "dark");
        action("theme.light")->trigger();
        QCoreApplication::processEvents();
        QCOMPARE(panes().map->scene().theme, MapTheme::of(lightPalette()));
        QVERIFY(ground(panes().tree->view()->viewport()) > 200);
        QTRY_VERIFY(ground(panes().map) > 200);
        QVERIFY(!action("theme.dark")->isChecked());
    }

    // Labels with colours of their own follow, too: those of the start page as well, which is the first that is seen.
    void everyLabelCanBeRead_data() { textHasContrast_data(); }
    void everyLabelCanBeRead()
    {
        QFETCH(bool, dark);
        MainWindow fresh;
        fresh.show();
        for (const bool other : { !dark, dark }) {
            applyTheme(other ? Theme::Dark : Theme::Light);
            QCoreApplication::processEvents();
        }
        const QColor ground = paletteOf(dark).color(QPalette::Window);
        int seen = 0;
        for (const MainWindow* window : { &fresh, m_window.get() })
            for (const QLabel* label : window->findChildren<QLabel*>()) {
                if (!label->isVisible() || label->text().isEmpty() || !label->isEnabled())
                    continue;
                const QColor ink = label->palette().color(label->foregroundRole());
                QVERIFY2(contrast(ink, ground) >= 4.5, qPrintable(label->text() + u' ' + ink.name()));
                ++seen;
            }
        QVERIFY(seen > 10);
    }

    // That a button is down shows in the dark as well, and not by a shade alone.
    void aButtonThatIsDownLooksDown_data() { textHasContrast_data(); }
    void aButtonThatIsDownLooksDown()
    {
        QFETCH(bool, dark);
        applyTheme(dark ? Theme::Dark : Theme::Light);
        ToggleButton button;
        button.setText(u"A−B"_s);
        button.resize(60, 24);
        const auto bar = [&] {
            const QImage image = button.grab().toImage().scaled(60, 24);
            int n = 0;
            for (int x = 0; x < 60; ++x)
                n += contrast(image.pixelColor(x, 21), image.pixelColor(x, 17)) > 1.5;
            return n;
        };
        QVERIFY(bar() < 10);
        button.setChecked(true);
        QVERIFY(bar() > 40);
    }

    void everyWidgetThatTakesFocusSaysWhatItIs()
    {
        slice("encoder.layers.0.weight");
        QCoreApplication::processEvents();
        QStringList mute;
        for (const QWidget* widget : m_window->findChildren<QWidget*>()) {
            if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith("qt_"_L1) || widget->window() != m_window.get())
                continue;
            if (const auto* label = qobject_cast<const QLabel*>(widget); label && label->text().isEmpty())
                continue; // nothing stands there now
            if (const auto* tabs = qobject_cast<const QTabBar*>(widget); tabs && tabs->count() == 0)
                continue; // of docks that no longer share a place; one with tabs speaks as they do
            if (qobject_cast<const QLineEdit*>(widget) && qobject_cast<const QAbstractSpinBox*>(widget->parentWidget()))
                continue; // part of a spin box, which speaks for it
            const QAccessibleInterface* spoken = QAccessible::queryAccessibleInterface(const_cast<QWidget*>(widget));
            if (!spoken || (spoken->text(QAccessible::Name).trimmed().isEmpty() && spoken->text(QAccessible::Description).trimmed().isEmpty()))
                mute << QStringLiteral("%1 \"%2\" in %3 \"%4\"").arg(QString::fromLatin1(widget->metaObject()->className()), widget->objectName(),
                    QString::fromLatin1(widget->parentWidget()->metaObject()->className()), widget->parentWidget()->objectName());
        }
        QVERIFY2(mute.isEmpty(), qPrintable(mute.join(u'\n')));
        for (const Actions::Command& command : m_window->actions().all())
            QVERIFY2(!command.action->text().isEmpty() && !command.action->toolTip().isEmpty(), qPrintable(command.id));
    }

    // F6 goes round all panes that are seen, and comes back; Tab leaves each of them.
    void theKeyboardReachesEveryPane()
    {
        QApplication::setActiveWindow(m_window.get());
        panes().map->setFocus();
        QSet<QWidget*> seen;
        for (int i = 0; i < 12; ++i) {
            action("pane.next")->trigger();
            QVERIFY(m_window->focusWidget());
            seen << m_window->focusWidget();
        }
        QVERIFY2(seen.size() >= 5, qPrintable(QString::number(seen.size())));
        for (QWidget* start : std::as_const(seen)) {
            start->setFocus();
            QWidget* at = start;
            QSet<QWidget*> passed;
            for (int i = 0; i < 200 && !(passed.size() > 5 && at == start); ++i) {
                QTest::keyClick(at, Qt::Key_Tab);
                QWidget* next = m_window->focusWidget();
                if (next == at) {
                    QTest::keyClick(at, Qt::Key_Tab, Qt::ControlModifier); // tables keep Tab for their cells
                    next = m_window->focusWidget();
                }
                QVERIFY2(next && next != at, at->metaObject()->className());
                at = next;
                passed << at;
            }
            QVERIFY2(passed.size() > 5, start->metaObject()->className());
        }
    }

    void keysCanBeChanged()
    {
        Actions& a = m_window->actions();
        Preferences preferences(*m_window);
        preferences.show();
        KeysPage* keys = preferences.keys();
        keys->search()->setText("zoom to all");
        int listed = 0;
        for (int i = 0; i < keys->list()->topLevelItemCount(); ++i)
            listed += !keys->list()->topLevelItem(i)->isHidden();
        QCOMPARE(listed, 1);
        keys->choose("view.fitAll");
        keys->keyEdit()->setKeySequence(QKeySequence("Ctrl+L")); // that of the slice box
        QVERIFY2(keys->conflict().contains("Slice"), qPrintable(keys->conflict()));
        keys->assignButton()->click();
        QCOMPARE(a["view.fitAll"]->shortcut(), QKeySequence("Ctrl+L"));
        QVERIFY(a["select.slice"]->shortcuts().isEmpty());
        QVERIFY(a["view.fitAll"]->toolTip().contains("Ctrl+L"));
        const QString sheet = keySheetHtml(a);
        QVERIFY(sheet.contains("Ctrl+L"));
        QVERIFY(!sheet.contains("Ctrl+0"));

        // A letter of the map is no conflict with the same letter of another pane, but with a key of the whole window it is.
        QVERIFY(a.sharing("map.zoomIn", QKeySequence("W")).isEmpty());
        QCOMPARE(a.sharing("map.zoomIn", QKeySequence("Ctrl+K")), QStringList { "tools.palette" });

        MainWindow next; // remembered
        QCOMPARE(next.actions()["view.fitAll"]->shortcut(), QKeySequence("Ctrl+L"));
        keys->resetAllButton()->click();
        QCOMPARE(a["view.fitAll"]->shortcut(), QKeySequence("Ctrl+0"));
        QCOMPARE(a["select.slice"]->shortcut(), QKeySequence("Ctrl+L"));
        MainWindow third;
        QCOMPARE(third.actions()["view.fitAll"]->shortcut(), QKeySequence("Ctrl+0"));
    }

    // A key that another command was given meanwhile: two that have it, and neither would run.
    void theDefaultKeyIsTakenFromWhoHasItNow()
    {
        Actions& a = m_window->actions();
        Preferences preferences(*m_window);
        preferences.show();
        KeysPage* keys = preferences.keys();
        const QKeySequence key = a["compare.open"]->shortcut();
        QVERIFY(!key.isEmpty());
        keys->choose("view.fitAll");
        keys->keyEdit()->setKeySequence(key);
        keys->assignButton()->click();
        QVERIFY(a["compare.open"]->shortcuts().isEmpty());
        QVERIFY(keys->conflict().isEmpty());
        keys->choose("compare.open");
        QVERIFY2(keys->conflict().contains("Zoom to All") && keys->conflict().contains("Default"), qPrintable(keys->conflict())); // named before it is taken
        keys->resetButton()->click();
        QCOMPARE(a["compare.open"]->shortcut(), key);
        QVERIFY(a["view.fitAll"]->shortcuts().isEmpty());
        MainWindow next; // remembered
        QCOMPARE(next.actions()["compare.open"]->shortcut(), key);
        QVERIFY(next.actions()["view.fitAll"]->shortcuts().isEmpty());
        keys->resetAllButton()->click();
    }

    void theWindowFitsASmallScreen() { QVERIFY2(m_window->minimumSizeHint().height() <= 640, qPrintable(QString::number(m_window->minimumSizeHint().height()))); }

    void dialogsFitTheScreen_data()
    {
        QTest::addColumn<QByteArray>("command");
        for (const char* id : { "file.info", "help.keys", "figure.export", "tools.preferences" })
            QTest::newRow(id) << QByteArray(id);
    }
    void dialogsFitTheScreen()
    {
        QFETCH(QByteArray, command);
        action(command.constData())->trigger();
        QDialog* dialog = nullptr;
        for (auto* each : m_window->findChildren<QDialog*>())
            if (each->isVisible())
                dialog = each;
        QVERIFY(dialog);
        const QSize room = dialog->screen()->availableSize();
        QVERIFY2(dialog->width() <= room.width() && dialog->height() <= room.height(), qPrintable(QStringLiteral("%1 x %2").arg(dialog->width()).arg(dialog->height())));
        dialog->close();
    }

    void layoutsArrangeThePanes()
    {
        action("layout.teach")->trigger();
        QVERIFY(panes().heatDock->isVisible() && panes().valuesDock->isVisible());
        QVERIFY(!panes().editDock->isVisible() && !panes().histogramDock->isVisible());
        QTRY_VERIFY(panes().heatDock->geometry().left() > panes().valuesDock->geometry().right()); // beside it, not a tab behind it
        saveLayout(*m_window, u"for class / 2"_s);
        QCOMPARE(savedLayouts(), QStringList { "for class / 2" });
        action("layout.edit")->trigger();
        QVERIFY(panes().editDock->isVisible() && panes().histogramDock->isVisible());
        action("layout.inspect")->trigger();
        QVERIFY(!panes().editDock->isVisible() && panes().histogramDock->isVisible() && panes().heatDock->isVisible());
        QTRY_VERIFY(panes().histogramDock->geometry().left() > panes().heatDock->geometry().right());
        QVERIFY(m_window->tabifiedDockWidgets(panes().treeDock).contains(panes().anomaliesDock));
        QVERIFY(applySavedLayout(*m_window, u"for class / 2"_s));
        QVERIFY(!panes().histogramDock->isVisible());
        QVERIFY(!applySavedLayout(*m_window, u"no such"_s));
        removeLayout(u"for class / 2"_s);
        QVERIFY(savedLayouts().isEmpty());
    }

    // As a layout from a version that had no such pane yet: its name is one that no pane has.
    void aPaneThatALayoutDoesNotNameStaysOrComesToItsPlace()
    {
        const auto without = [](QByteArray state) {
            const auto utf16 = [](const char* name) {
                QByteArray bytes;
                for (const char* c = name; *c; ++c)
                    bytes += '\0', bytes += *c;
                return bytes;
            };
            return state.replace(utf16("bookmarks"), utf16("bookmarkz"));
        };
        saveLayout(*m_window, u"old"_s);
        QSettings settings;
        const QByteArray state = settings.value("layouts/old"_L1).toByteArray();
        QVERIFY(without(state) != state);
        settings.setValue("layouts/old"_L1, without(state));
        QDockWidget* dock = panes().bookmarksDock;
        const auto among = [&](QDockWidget* other) { return m_window->tabifiedDockWidgets(dock).contains(other); };
        QVERIFY(!dock->isHidden() && among(panes().treeDock));
        panes().editDock->hide();
        QVERIFY(applySavedLayout(*m_window, u"old"_s));
        QVERIFY(!panes().editDock->isHidden()); // it names that one
        QVERIFY(!dock->isHidden());
        QCOMPARE(m_window->dockWidgetArea(dock), Qt::LeftDockWidgetArea);
        dock->hide();
        QVERIFY(applySavedLayout(*m_window, u"old"_s));
        QVERIFY(dock->isHidden()); // it was the user who hid it

        // The next start, with what the last window of that version left.
        dock->show();
        m_window->close();
        m_window.reset();
        settings.setValue("window/state"_L1, without(settings.value("window/state"_L1).toByteArray()));
        m_window = another();
        QVERIFY(open(*m_window, m_path));
        QVERIFY(!panes().bookmarksDock->isHidden());
        QCOMPARE(m_window->dockWidgetArea(panes().bookmarksDock), Qt::LeftDockWidgetArea);
        QVERIFY(m_window->tabifiedDockWidgets(panes().bookmarksDock).contains(panes().treeDock));
    }

    void aLayoutThatCannotBeAppliedIsToldOf()
    {
        saveLayout(*m_window, u"good"_s);
        saveLayout(*m_window, u"spoilt"_s);
        QSettings().setValue("layouts/spoilt", QByteArray("no state of a window"));
        const auto chosen = [this](const QString& name) {
            QMenu menu;
            fillLayoutMenu(menu, *m_window);
            Q_EMIT menu.aboutToShow();
            for (QAction* each : menu.actions())
                if (each->text() == name)
                    each->trigger();
        };
        chosen(u"spoilt"_s);
        QVERIFY2(panes().messages->textOf("layout").contains(u"spoilt"_s), qPrintable(panes().messages->textOf("layout")));
        chosen(u"good"_s);
        QVERIFY(!panes().messages->has("layout"));
    }

    void tablesAreCopiedWithTabs()
    {
        QSignalSpy loaded(panes().values->model(), &ValueModel::pageLoaded);
        slice("encoder.layers.0.weight");
        QVERIFY(waitFor(loaded));
        panes().values->table()->clearSelection();
        panes().values->table()->setFocus();
        const auto text = tableText(tableIn(*m_window, panes().values->table()));
        QVERIFY(text.has_value());
        QCOMPARE(text->split(u'\n').at(1), "0\t0\t1\t2\t3\t4");
        const auto tree = tableText(tableIn(*m_window, panes().tree->view()));
        QVERIFY(tree->startsWith("Name\t"));
        QVERIFY2(tree->contains("counting\t"), qPrintable(*tree));
        QVERIFY(tree->contains("(2, 3, 4)"));
        QTRY_VERIFY_WITH_TIMEOUT(panes().histogram->exact(), 20000);
        QVERIFY(panes().histogram->statisticsText().contains('\t'));
        QVERIFY(!tableText(nullptr));
    }

    // Whatever the tables show, the clipboard gets every digit, and no digit groups.
    void copiedNumbersAreWholeAndInC_data()
    {
        QTest::addColumn<QByteArray>("pane");
        QTest::addColumn<QStringList>("cells");
        QTest::newRow("tree") << QByteArray("tree") << QStringList { u"net.big"_s, u"150000"_s, u"1234567.125"_s };
        QTest::newRow("values") << QByteArray("values") << QStringList { u"1234567.1"_s };
        QTest::newRow("statistics") << QByteArray("histogram") << QStringList { u"150000"_s, u"1234567.125"_s };
        QTest::newRow("comparison") << QByteArray("comparison") << QStringList { u"net.big"_s, u"150000"_s };
        QTest::newRow("anomalies") << QByteArray("anomalies") << QStringList { u"warning"_s };
        QTest::newRow("bookmarks") << QByteArray("bookmarks") << QStringList { u"net.big"_s };
    }
    void copiedNumbersAreWholeAndInC()
    {
        QFETCH(QByteArray, pane);
        QFETCH(QStringList, cells);
        const QLocale before;
        const auto restore = qScopeGuard([before] { QLocale::setDefault(before); });
        QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
        std::vector<float> numbers(150'000);
        for (std::size_t i = 0; i < numbers.size(); ++i)
            numbers[i] = static_cast<float>(i % 7);
        numbers[3] = 1234567.125F;
        const QString path = m_folder.filePath(u"large.safetensors"_s);
        writeBytes(path.toStdString(),
            safetensorsBytes({ storageOf(Dtype::Float32, numbers), storageOf(Dtype::Float32, std::vector<float>(4)) }, { { "net.big", 0, { 300, 500 } }, { "net.dead", 1, { 4 } } }));
        QVERIFY(open(*m_window, path));
        const auto known = [this] { return session().document()->pyramid()->knownBlocks() == session().document()->pyramid()->blockCount(); };
        QTRY_VERIFY_WITH_TIMEOUT(known(), 20000);
        slice("net.big");
        QWidget* where = nullptr;
        if (pane == "tree") {
            action("tree.column.max")->setChecked(true);
            where = panes().tree->view();
        } else if (pane == "values") {
            where = panes().values->table();
        } else if (pane == "histogram") {
            where = panes().histogram;
        } else if (pane == "comparison") {
            QSignalSpy compared(panes().comparison, &Comparison::compared);
            action("compare.saved")->trigger();
            QVERIFY(waitFor(compared));
            where = panes().comparisonPane->table();
        } else if (pane == "anomalies") {
            panes().anomaliesDock->show();
            where = panes().anomalies->findChild<QAbstractItemView*>();
        } else {
            panes().bookmarksDock->show();
            action("bookmark.add")->trigger();
            where = panes().bookmarks->findChild<QAbstractItemView*>();
        }
        QVERIFY(where);
        for (QWidget* up = where; up; up = up->parentWidget())
            if (auto* dock = qobject_cast<QDockWidget*>(up)) {
                dock->show();
                dock->raise();
            }
        where->setFocus();
        const auto copied = [&] {
            QGuiApplication::clipboard()->clear();
            action("edit.copyTable")->trigger();
            QStringList all;
            for (const QString& line : QGuiApplication::clipboard()->text().split(u'\n'))
                all << line.split(u'\t');
            return all;
        };
        for (const QString& cell : cells)
            QTRY_VERIFY2_WITH_TIMEOUT(copied().contains(cell), qPrintable(cell + u" in "_s + copied().join(u'|')), 20000);
    }

    void aFigureIsExportedFromTheDialog()
    {
        auto* dialog = new FigureDialog(*m_window, FigureKind::Map);
        dialog->show();
        dialog->widthEdit()->setValue(500);
        dialog->heightEdit()->setValue(400);
        dialog->scaleEdit()->setValue(2);
        dialog->theme()->setCurrentIndex(2);
        QTRY_VERIFY_WITH_TIMEOUT(!dialog->preview()->pixmap(Qt::ReturnByValue).isNull(), 20000);
        const QString path = m_folder.filePath("exported.png");
        exportFigure(*m_window, dialog->spec(), path);
        QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(path), 20000);
        const QImage image(path);
        QCOMPARE(image.size(), QSize(1000, 800));
        QVERIFY(image.pixelColor(3, 3).lightness() < 60); // dark, in a light window
        QCOMPARE(panes().map->scene().theme, MapTheme::of(lightPalette()));
        dialog->close();
        action("figure.copyMap")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!QGuiApplication::clipboard()->image().isNull(), 20000);
        exportFigure(*m_window, {}, m_folder.filePath("x.bmp"));
        QVERIFY(panes().messages->textOf("figure").contains(".png"));
    }

    // Several tens of millions of numbers are counted once the analysis has read them: until then the histogram shows an estimate.
    void anExportedHistogramIsCounted()
    {
        const QString path = m_folder.filePath("large.safetensors");
        const std::int64_t n = 3 * HistogramLoader::patience;
        const QByteArray header = u"{\"w\":{\"dtype\":\"U8\",\"shape\":[%1],\"data_offsets\":[0,%1]}}"_s.arg(n).toUtf8().leftJustified(96, ' ');
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QDataStream stream(&file);
        stream.setByteOrder(QDataStream::LittleEndian);
        stream << quint64(header.size());
        file.write(header);
        QVERIFY(file.resize(8 + header.size() + n)); // a hole: zeros that take no room
        file.close();
        QVERIFY(open(*m_window, path));
        FigureSpec spec;
        spec.kind = FigureKind::Histogram;
        spec.size = QSize(400, 300);
        Figure figure(*m_window, spec);
        bool settled = false, counted = false;
        figure.whenSettled([&] { settled = true, counted = panes().histogram->exact(); });
        QTRY_VERIFY_WITH_TIMEOUT(settled, 60000);
        QVERIFY(counted);
    }

    // A figure that waits goes with what it was to show, and its message with it.
    void aFigureThatCannotBeMadeAnyMoreIsToldOf()
    {
        const auto waits = [this] {
            const auto labels = panes().messages->findChildren<QLabel*>();
            return std::any_of(labels.begin(), labels.end(), [](const QLabel* label) { return label->isVisible() && label->text().startsWith("The figure waits"); });
        };
        auto open = std::make_shared<std::binary_semaphore>(0);
        session().tasks()->run<int>({}, [open](const Job&) { return open->acquire(), 0; }, [](int) { }); // the session is at work
        const QString path = m_folder.filePath("never.png");
        FigureSpec spec;
        spec.size = QSize(500, 400);
        exportFigure(*m_window, spec, path);
        QTRY_VERIFY(waits());
        LayoutSpec sorted;
        sorted.order = Order::Sorted;
        session().setLayout(sorted);
        QTRY_VERIFY(!waits());
        QVERIFY2(panes().messages->textOf("figure").contains("given up"), qPrintable(panes().messages->textOf("figure")));
        open->release();
        QTRY_VERIFY(!session().busy());
        QVERIFY(!QFile::exists(path));
    }

    // A scale below one is the whole figure, smaller: so the dialog's preview of one that is larger than its room.
    void aSmallerFigureIsTheWholeFigure()
    {
        FigureSpec spec;
        spec.size = QSize(900, 600);
        const auto drawn = [&](double scale) {
            spec.scale = scale;
            Figure figure(*m_window, spec);
            QImage image;
            figure.whenSettled([&] { image = figure.image(); });
            [&] { QTRY_VERIFY_WITH_TIMEOUT(!image.isNull(), 20000); }();
            return image;
        };
        const QImage half = drawn(0.5), whole = drawn(1).scaled(450, 300, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
        QCOMPARE(half.size(), whole.size());
        std::int64_t apart = 0;
        for (int y = 0; y < whole.height(); ++y)
            for (int x = 0; x < whole.width(); ++x)
                apart += std::abs(qGray(half.pixel(x, y)) - qGray(whole.pixel(x, y)));
        QVERIFY2(apart < 2 * whole.width() * whole.height(), qPrintable(QString::number(apart)));
    }
};

QTEST_MAIN(TestLooks)
#include "tst_looks.moc"
