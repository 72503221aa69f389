// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/valuemodel.h"

#include "layout/slicesyntax.h"
#include "support/session.h"

#include <QAbstractItemModelTester>
#include <QUndoStack>

using namespace ravel;

namespace {

Box boxOf(Session& session, const char* text) { return parseSelection(*session.document()->layout(), text)->boxes.front(); }

} // namespace

class TestValueModel : public QObject {
    Q_OBJECT
    QTemporaryDir m_folder;

private Q_SLOTS:
    void aPageCutsItsBoxDown_data()
    {
        QTest::addColumn<QString>("slice");
        QTest::addColumn<int>("rows");
        QTest::addColumn<int>("columns");
        QTest::addColumn<QString>("first");   // "row label, column label"
        QTest::addColumn<QString>("last");    // value of the last cell
        QTest::newRow("matrix") << "encoder.layers.0.weight" << 4 << 5 << "0 0" << "19";
        QTest::newRow("row") << "encoder.layers.0.weight[3, :]" << 1 << 5 << "3 0" << "19";
        QTest::newRow("column") << "encoder.layers.0.weight[:, 3]" << 4 << 1 << "0 3" << "18";
        QTest::newRow("steps") << "encoder.layers.0.weight[::2, 1::2]" << 2 << 2 << "0 1" << "13";
        QTest::newRow("backwards") << "encoder.layers.0.weight[::-1, :]" << 4 << 5 << "3 0" << "4";
        QTest::newRow("cube") << "counting" << 3 << 4 << "0 0" << "11";
        QTest::newRow("plane across") << "counting[:, 1, :]" << 2 << 4 << "0 0" << "19";
        QTest::newRow("plane of the first two") << "counting[:, :, 2]" << 2 << 3 << "0 0" << "22";
        QTest::newRow("vector") << "encoder.layers.0.bias" << 1 << 5 << "0 +0" << "4";
        QTest::newRow("scalar") << "step" << 1 << 1 << "0 0" << "7";
        QTest::newRow("one element") << "counting[1, 2, 3]" << 1 << 1 << "2 3" << "23";
    }
    void aPageCutsItsBoxDown()
    {
        QFETCH(QString, slice);
        QFETCH(int, rows);
        QFETCH(int, columns);
        QFETCH(QString, first);
        QFETCH(QString, last);
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        ValueModel model(session);
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy loaded(&model, &ValueModel::pageLoaded);
        model.setBox(boxOf(session, slice.toUtf8().constData()));
        QCOMPARE(model.rowCount(), rows);
        QCOMPARE(model.columnCount(), columns);
        QVERIFY(waitFor(loaded));
        QCOMPARE(model.headerData(0, Qt::Vertical, Qt::DisplayRole).toString() + ' ' + model.headerData(0, Qt::Horizontal, Qt::DisplayRole).toString(), first);
        QCOMPARE(model.index(rows - 1, columns - 1).data().toString(), last);
        // Every cell is where it says it is.
        for (int row = 0; row < rows; ++row)
            for (int column = 0; column < columns; ++column)
                QCOMPARE(model.page()->find(model.page()->coordinates(row, column)), std::optional(std::pair(row, column)));
    }

    void aPageNeverHoldsTooMuch()
    {
        Box box;
        box.slices = { { 0, 50'000'000, 1, false }, { 0, 3'000'000, 1, false } };
        ValuePage page = ValuePage::of(box);
        QVERIFY(std::int64_t(page.rows()) * page.columns() <= ValuePage::mostCells);
        QVERIFY(page.turn(1, 1));
        QCOMPARE(page.rowLabel(0), page.rowsPerPage());
        QVERIFY(!page.turn(-2, 0));
        std::int64_t pages = 2;
        while (page.turn(0, 1))
            ++pages;
        QCOMPARE(page.firstColumn + page.columns(), 3'000'000);
        QCOMPARE(pages, 3'000'000 / ValuePage::mostColumns);
    }

    void cellsOfAWrappedVector_data()
    {
        QTest::addColumn<QList<int>>("rectangle");
        QTest::addColumn<QList<qint64>>("elements");
        QTest::newRow("one") << QList<int> { 1, 2, 1, 2 } << QList<qint64> { 12 };
        QTest::newRow("in a row") << QList<int> { 0, 3, 0, 5 } << QList<qint64> { 3, 4, 5 };
        QTest::newRow("whole rows") << QList<int> { 1, 0, 2, 9 } << QList<qint64> { 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23 };
        QTest::newRow("rectangle") << QList<int> { 0, 8, 1, 9 } << QList<qint64> { 8, 18, 9, 19 };
        QTest::newRow("past the end") << QList<int> { 1, 3, 2, 4 } << QList<qint64> { 13, 23, 14 };
    }
    void cellsOfAWrappedVector()
    {
        QFETCH(QList<int>, rectangle);
        QFETCH(QList<qint64>, elements);
        Box box;
        box.slices = { { 0, 24, 1, false } };
        QList<qint64> found;
        for (const Box& part : ValuePage::of(box).cells(rectangle[0], rectangle[1], rectangle[2], rectangle[3]))
            for (std::int64_t i = 0; i < part.slices[0].count; ++i)
                found << part.slices[0].start + i * part.slices[0].step;
        QCOMPARE(found, elements);
    }

    void aCellBecomesASetStep()
    {
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        ValueModel model(session);
        QSignalSpy loaded(&model, &ValueModel::pageLoaded), applied(&session, &Session::applied);
        model.setBox(boxOf(session, "half"));
        QVERIFY(waitFor(loaded));
        loaded.clear();
        QVERIFY(model.setData(model.index(0, 1), "0.1", Qt::EditRole));
        QVERIFY(waitFor(applied));
        QVERIFY(waitFor(loaded));
        QCOMPARE(model.index(0, 1).data().toString(), "0.1"); // float16's shortest text for its nearest
        QVERIFY(model.index(0, 1).data(ValueModel::EditedRole).toBool());
        QVERIFY(!model.index(0, 0).data(ValueModel::EditedRole).toBool());
        QCOMPARE(session.document()->recipe().steps.front().select.front().text, std::string("half[1]"));
        loaded.clear();
        session.undoStack()->undo();
        QVERIFY(waitFor(loaded));
        QCOMPARE(model.index(0, 1).data().toString(), "1");
        QVERIFY(!model.index(0, 1).data(ValueModel::EditedRole).toBool());
    }

    void saysWhyATextIsRefused_data()
    {
        QTest::addColumn<QString>("tensor");
        QTest::addColumn<QString>("text");
        QTest::newRow("no number") << "half" << "one";
        QTest::newRow("too large") << "half" << "70000";
        QTest::newRow("fraction") << "step" << "1.5";
        QTest::newRow("comma") << "half" << "1,5";
        QTest::newRow("empty") << "half" << "";
    }
    void saysWhyATextIsRefused()
    {
        QFETCH(QString, tensor);
        QFETCH(QString, text);
        Session session;
        QVERIFY(openNow(session, writeSample(m_folder)));
        ValueModel model(session);
        QSignalSpy loaded(&model, &ValueModel::pageLoaded), refused(&model, &ValueModel::refused);
        model.setBox(boxOf(session, tensor.toUtf8().constData()));
        QVERIFY(waitFor(loaded));
        QVERIFY(!model.setData(model.index(0, 0), text, Qt::EditRole));
        QCOMPARE(refused.count(), 1);
        QVERIFY(!refused[0][0].toString().isEmpty());
        QVERIFY(!session.document()->modified());
    }
};

QTEST_MAIN(TestValueModel)
#include "tst_valuemodel.moc"
