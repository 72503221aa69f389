// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "checkpoint/geometry.h"

#include <limits>

using namespace ravel;

namespace {

using Sizes = std::vector<std::int64_t>;
constexpr std::int64_t largest = std::numeric_limits<std::int64_t>::max();

Tensor tensorOf(Sizes shape, Sizes stride, std::int64_t offset = 0)
{
    Tensor tensor;
    tensor.dtype = Dtype::Float32;
    tensor.shape = std::move(shape);
    tensor.stride = std::move(stride);
    tensor.numel = *checkedNumel(tensor.shape, tensor.dtype);
    tensor.storageOffset = StorageIndex(offset);
    return tensor;
}

} // namespace

class TestGeometry : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void contiguousStrideIsRowMajor();
    void contiguousStrideSaturatesRatherThanOverflows();
    void contiguityIsTorchs_data();
    void contiguityIsTorchs();
    void numelIsCheckedAgainstOverflow_data();
    void numelIsCheckedAgainstOverflow();
    void viewHasToLieInItsStorage_data();
    void viewHasToLieInItsStorage();
    void positionsAndCoordinatesAreARoundTrip_data();
    void positionsAndCoordinatesAreARoundTrip();
    void byteIsKnownOnlyWhereTheRecordIsPlain();
};

void TestGeometry::contiguousStrideIsRowMajor()
{
    QCOMPARE(contiguousStride(Sizes { 2, 3, 4 }), (Sizes { 12, 4, 1 }));
    QCOMPARE(contiguousStride(Sizes {}), Sizes {});
    QCOMPARE(contiguousStride(Sizes { 2, 0, 4 }), (Sizes { 4, 4, 1 })); // as torch.empty(2, 0, 4).stride()
}

void TestGeometry::contiguousStrideSaturatesRatherThanOverflows()
{
    QCOMPARE(contiguousStride(Sizes { 2, largest, largest }), (Sizes { largest, largest, 1 }));
}

void TestGeometry::contiguityIsTorchs_data()
{
    QTest::addColumn<Sizes>("shape");
    QTest::addColumn<Sizes>("stride");
    QTest::addColumn<bool>("contiguous");
    QTest::newRow("scalar") << Sizes {} << Sizes {} << true;
    QTest::newRow("row-major") << Sizes { 2, 3 } << Sizes { 3, 1 } << true;
    QTest::newRow("transposed") << Sizes { 2, 3 } << Sizes { 1, 2 } << false;
    QTest::newRow("a size of 1 has any stride") << Sizes { 2, 1, 3 } << Sizes { 3, 99, 1 } << true;
    QTest::newRow("expanded") << Sizes { 2, 3 } << Sizes { 0, 1 } << false;
    QTest::newRow("empty is, whatever the stride") << Sizes { 0, 3 } << Sizes { 7, 5 } << true;
}

void TestGeometry::contiguityIsTorchs()
{
    QFETCH(Sizes, shape);
    QFETCH(Sizes, stride);
    QTEST(isContiguous(tensorOf(shape, stride)), "contiguous");
}

void TestGeometry::numelIsCheckedAgainstOverflow_data()
{
    QTest::addColumn<Sizes>("shape");
    QTest::addColumn<std::int64_t>("numel"); // -1: refused
    QTest::newRow("scalar") << Sizes {} << std::int64_t(1);
    QTest::newRow("plain") << Sizes { 2, 3 } << std::int64_t(6);
    QTest::newRow("product wraps to 0") << Sizes { 1LL << 32, 1LL << 32 } << std::int64_t(-1);
    QTest::newRow("only the bytes overflow") << Sizes { 1LL << 62 } << std::int64_t(-1);
    QTest::newRow("largest") << Sizes { largest / 4 } << std::int64_t(largest / 4);
    QTest::newRow("negative") << Sizes { -6 } << std::int64_t(-1);
    QTest::newRow("two negatives") << Sizes { -2, -3 } << std::int64_t(-1);
    QTest::newRow("nothing, however huge the rest") << Sizes { largest, 0, largest } << std::int64_t(0);
}

void TestGeometry::numelIsCheckedAgainstOverflow()
{
    QFETCH(Sizes, shape);
    QFETCH(std::int64_t, numel);
    const auto found = checkedNumel(shape, Dtype::Float32);
    QCOMPARE(found.has_value(), numel >= 0);
    if (found)
        QCOMPARE(found->value, numel);
    else
        QVERIFY2(found.error().message.find("shape [") != std::string::npos, found.error().message.c_str());
}

void TestGeometry::viewHasToLieInItsStorage_data()
{
    QTest::addColumn<Sizes>("shape");
    QTest::addColumn<Sizes>("stride");
    QTest::addColumn<std::int64_t>("offset");
    QTest::addColumn<QString>("says"); // empty: fine, in a storage of 6
    const QString fine;
    QTest::newRow("all of it") << Sizes { 2, 3 } << Sizes { 3, 1 } << std::int64_t(0) << fine;
    QTest::newRow("its last element") << Sizes {} << Sizes {} << std::int64_t(5) << fine;
    QTest::newRow("one too far") << Sizes {} << Sizes {} << std::int64_t(6) << QStringLiteral("reaches element 6 of a storage of 6");
    QTest::newRow("numel") << Sizes { 1000 } << Sizes { 1 } << std::int64_t(0) << QStringLiteral("element 999 of a storage of 6");
    QTest::newRow("stride") << Sizes { 2, 3 } << Sizes { 5, 1 } << std::int64_t(0) << QStringLiteral("element 7 of a storage of 6");
    QTest::newRow("expanded") << Sizes { 1LL << 40 } << Sizes { 0 } << std::int64_t(5) << fine;
    QTest::newRow("transposed") << Sizes { 3, 2 } << Sizes { 1, 3 } << std::int64_t(0) << fine;
    QTest::newRow("empty, beyond the end") << Sizes { 0, 9 } << Sizes { 9, 1 } << std::int64_t(100) << fine;
    QTest::newRow("negative offset") << Sizes { 1 } << Sizes { 1 } << std::int64_t(-1) << QStringLiteral("offset -1 is negative");
    QTest::newRow("negative stride") << Sizes { 2 } << Sizes { -1 } << std::int64_t(5) << QStringLiteral("stride [-1] is negative");
    QTest::newRow("stride overflows") << Sizes { 3 } << Sizes { 1LL << 62 } << std::int64_t(0) << QStringLiteral("beyond 2^63");
    QTest::newRow("offset overflows") << Sizes { 6 } << Sizes { 1 } << largest << QStringLiteral("beyond 2^63");
    QTest::newRow("dimensions differ") << Sizes { 2, 3 } << Sizes { 3, 1, 1 } << std::int64_t(0) << QStringLiteral("number of dimensions");
}

void TestGeometry::viewHasToLieInItsStorage()
{
    QFETCH(Sizes, shape);
    QFETCH(Sizes, stride);
    QFETCH(std::int64_t, offset);
    QFETCH(QString, says);
    const auto checked = checkView(shape, stride, offset, Dtype::Float32, Count(6));
    QCOMPARE(checked.has_value(), says.isEmpty());
    if (!checked)
        QVERIFY2(QString::fromStdString(checked.error().message).contains(says), checked.error().message.c_str());
}

void TestGeometry::positionsAndCoordinatesAreARoundTrip_data()
{
    QTest::addColumn<Sizes>("shape");
    QTest::addColumn<Sizes>("stride");
    QTest::newRow("row-major") << Sizes { 2, 3, 4 } << Sizes { 12, 4, 1 };
    QTest::newRow("permuted") << Sizes { 2, 3, 4 } << Sizes { 1, 8, 2 };
    QTest::newRow("expanded") << Sizes { 5, 3 } << Sizes { 0, 1 };
    QTest::newRow("sizes of 1") << Sizes { 1, 4, 1 } << Sizes { 4, 1, 1 };
    QTest::newRow("scalar") << Sizes {} << Sizes {};
}

void TestGeometry::positionsAndCoordinatesAreARoundTrip()
{
    QFETCH(Sizes, shape);
    QFETCH(Sizes, stride);
    const Tensor tensor = tensorOf(shape, stride, 7);
    Sizes odometer(shape.size(), 0);
    for (std::int64_t position = 0; position < tensor.numel.value; ++position) {
        QCOMPARE(toCoordinates(tensor, position), odometer);
        QCOMPARE(toPosition(tensor, odometer), position);
        std::int64_t index = 7;
        for (std::size_t d = 0; d < shape.size(); ++d)
            index += odometer[d] * stride[d];
        QCOMPARE(toStorageIndex(tensor, position).value, index);
        QCOMPARE(toStorageIndex(tensor, odometer).value, index);
        for (std::size_t d = shape.size(); d-- > 0 && ++odometer[d] == shape[d];)
            odometer[d] = 0;
    }
}

void TestGeometry::byteIsKnownOnlyWhereTheRecordIsPlain()
{
    Storage storage;
    storage.dtype = Dtype::Float64;
    QVERIFY(!toByte(storage, StorageIndex(3)));
    storage.offset = ByteOffset(100);
    QCOMPARE(toByte(storage, StorageIndex(3))->value, 124);
}

QTEST_GUILESS_MAIN(TestGeometry)
#include "tst_geometry.moc"
