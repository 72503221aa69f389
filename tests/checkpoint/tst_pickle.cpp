// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "checkpoint/pickle.h"

#include <cmath>
#include <string>

using namespace ravel;
using namespace std::string_literals;

namespace {

using Kind = PickleNode::Kind;

std::span<const std::byte> bytesOf(const std::string& text)
{
    return { reinterpret_cast<const std::byte*>(text.data()), text.size() };
}

Result<Pickle> read(const std::string& text, const Limits& limits = {}, Pickle* partial = nullptr)
{
    return readPickle(bytesOf(text), "test.pkl", limits, {}, partial);
}

// An object graph in one line: what a test compares.
std::string show(const Pickle& pickle, std::uint32_t index, int depth = 0)
{
    const PickleNode node = pickle.nodes[index];
    if (depth > 8)
        return "...";
    const auto list = [&](char open, std::span<const std::uint32_t> items, char close) {
        std::string text(1, open);
        for (std::size_t i = 0; i < items.size(); ++i)
            text += (i ? " " : "") + show(pickle, items[i], depth + 1);
        return text + close;
    };
    switch (node.kind) {
    case Kind::None: return "None";
    case Kind::Bool: return node.integer ? "True" : "False";
    case Kind::Integer: return std::to_string(node.integer);
    case Kind::BigInteger: return "big:" + std::string(node.text);
    case Kind::Float: return std::to_string(node.real);
    case Kind::String: return '\'' + std::string(node.text) + '\'';
    case Kind::Bytes: return "b'" + std::string(node.text) + '\'';
    case Kind::List: return list('[', node.items, ']');
    case Kind::Tuple: return list('(', node.items, ')');
    case Kind::Set:
    case Kind::FrozenSet: return list('<', node.items, '>');
    case Kind::Global: return '@' + std::string(node.text);
    case Kind::Persistent: return list('P', node.items, ';');
    default: break;
    }
    std::string text = node.kind == Kind::Dict ? list('{', node.items, '}') : list('!', node.items, '!');
    const PickleAdditions& added = pickle.additionsOf(index);
    for (const auto& [mark, items] : { std::pair('+', added.elements), std::pair('=', added.pairs), std::pair('~', added.state) })
        if (!items.empty())
            text += mark + list('(', items, ')');
    return text;
}

} // namespace

class TestPickle : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void opcodesMakeTheirObjects_data();
    void opcodesMakeTheirObjects();
    void brokenPicklesAreRefusedWithOpcodeAndByte_data();
    void brokenPicklesAreRefusedWithOpcodeAndByte();
    void everyPrefixOfAPickleIsRefused();
    void everySingleByteAnywhereIsNoCrash();
    void floatsKeepTheirBits();
    void callsAreRecordedAndNotMade();
    void globalsAreKeptWhenThePickleBreaks();
    void memoSlotsCostNothing();
    void limitsAreNamed_data();
    void limitsAreNamed();
    void deepNestingNeedsNoStack();
    void memoryHasABudget_data();
    void memoryHasABudget();
    void nodesAreSmall();
    void cyclesAreNodesThatNameEachOther();
    void equalKeysMerge_data();
    void equalKeysMerge();
    void sharedLongKeysAreLookedAtOnce();
    void cancelledJobsStop();
    void bytesBehindStopAreLeft();
};

namespace {

void opcode(const char* name, const std::string& pickle, const std::string& object) { QTest::newRow(name) << pickle << object; }

void rowsOfNumbersAndTexts()
{
    opcode("NONE", "N.", "None");
    opcode("NEWTRUE", "\x88."s, "True");
    opcode("NEWFALSE", "\x89."s, "False");
    opcode("INT", "I-12\n.", "-12");
    opcode("INT hex", "I0x1f\n.", "31");
    opcode("INT that is a bool", "I01\n.", "True");
    opcode("INT that is a false", "I00\n.", "False");
    opcode("INT 1 is no bool", "I1\n.", "1");
    opcode("INT beyond 64 bits", "I123456789012345678901234567890\n.", "big:123456789012345678901234567890");
    opcode("LONG", "L9223372036854775807L\n.", "9223372036854775807");
    opcode("LONG without L", "L-5\n.", "-5");
    opcode("BININT", "J\xfe\xff\xff\xff."s, "-2");
    opcode("BININT1", "K\xff."s, "255");
    opcode("BININT2", "M\xff\xff."s, "65535");
    opcode("LONG1 empty", "\x8a\x00."s, "0");
    opcode("LONG1 -1", "\x8a\x01\xff."s, "-1");
    opcode("LONG1 255", "\x8a\x02\xff\x00."s, "255");
    opcode("LONG1 -2^63", "\x8a\x08\x00\x00\x00\x00\x00\x00\x00\x80."s, "-9223372036854775808");
    opcode("LONG1 2^63", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00."s, "big:9223372036854775808");
    opcode("LONG1 -2^64", "\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\xff."s, "big:-18446744073709551616");
    opcode("LONG1 sign bytes only", "\x8a\x0b\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00."s, "7");
    opcode("LONG4", "\x8b\x02\x00\x00\x00\x00\x01."s, "256");
    opcode("FLOAT", "F1.5\n.", "1.500000");
    opcode("FLOAT inf", "F-inf\n.", "-inf");
    opcode("BINFLOAT", "G\x40\x09\x21\xfb\x54\x44\x2d\x18."s, "3.141593");
    opcode("STRING", "S'a\\x41\\n\\'\\\\\\101'\n.", "'aA\n'\\A'");
    opcode("STRING double quotes", "S\"it's\"\n.", "'it's'");
    opcode("BINSTRING", "T\x02\x00\x00\x00\xff\x00."s, "'\xff\x00'"s);
    opcode("SHORT_BINSTRING", "U\x03""abc."s, "'abc'");
    opcode("UNICODE", "Va\\u00e4\\U0001f600\xe9\\n\\\\u0041\n."s, "'a\xc3\xa4\xf0\x9f\x98\x80\xc3\xa9\\n\\\\u0041'");
    opcode("UNICODE surrogate", "V\\ud800\n.", "'\xed\xa0\x80'");
    opcode("SHORT_BINUNICODE", "\x8c\x02\xc3\xa4."s, "'\xc3\xa4'");
    opcode("BINUNICODE", "X\x01\x00\x00\x00x."s, "'x'");
    opcode("BINUNICODE8", "\x8d\x01\x00\x00\x00\x00\x00\x00\x00x."s, "'x'");
    opcode("SHORT_BINBYTES", "C\x02\x00\xff."s, "b'\x00\xff'"s);
    opcode("BINBYTES", "B\x01\x00\x00\x00z."s, "b'z'");
    opcode("BINBYTES8", "\x8e\x01\x00\x00\x00\x00\x00\x00\x00z."s, "b'z'");
    opcode("BYTEARRAY8", "\x96\x01\x00\x00\x00\x00\x00\x00\x00z."s, "b'z'");
    opcode("READONLY_BUFFER", "C\x01z\x98."s, "b'z'");
}

void rowsOfContainersAndObjects()
{
    opcode("EMPTY_LIST APPEND", "]K\x01""aK\x02""a."s, "[1 2]");
    opcode("APPENDS", "](K\x01K\x02""e."s, "[1 2]");
    opcode("LIST", "(K\x01K\x02l."s, "[1 2]");
    opcode("EMPTY_TUPLE", ").", "()");
    opcode("TUPLE", "(K\x01K\x02K\x03t."s, "(1 2 3)");
    opcode("TUPLE of nothing", "(t.", "()");
    opcode("TUPLE1 2 3", "K\x01\x85K\x02\x86K\x03K\x04\x87."s, "(((1) 2) 3 4)");
    opcode("TUPLE1", "K\x01\x85."s, "(1)");
    opcode("TUPLE2", "K\x01K\x02\x86."s, "(1 2)");
    opcode("TUPLE3", "K\x01K\x02K\x03\x87."s, "(1 2 3)");
    opcode("EMPTY_DICT SETITEM", "}K\x01K\x02s."s, "{1 2}");
    opcode("SETITEMS", "}(K\x01K\x02K\x03K\x04u."s, "{1 2 3 4}");
    opcode("DICT", "(K\x01K\x02""d."s, "{1 2}");
    opcode("EMPTY_SET ADDITEMS", "\x8f(K\x01K\x02\x90."s, "<1 2>");
    opcode("FROZENSET", "(K\x01K\x02\x91."s, "<1 2>");
    opcode("POP", "K\x01K\x02""0."s, "1");
    opcode("POP of a MARK", "K\x01(0."s, "1");
    opcode("POP_MARK", "K\x01(K\x02K\x03""1."s, "1");
    opcode("DUP", "K\x07""2\x86."s, "(7 7)");
    opcode("PUT GET", "K\x07p300\n0g300\n."s, "7");
    opcode("BINPUT BINGET", "K\x07q\x05""0h\x05."s, "7");
    opcode("LONG_BINPUT LONG_BINGET", "K\x07r\xff\xff\xff\xff""0j\xff\xff\xff\xff."s, "7");
    opcode("MEMOIZE", "K\x07\x94K\x08\x94""00h\x01."s, "8");
    opcode("GLOBAL", "cos\nsystem\n.", "@os.system");
    opcode("STACK_GLOBAL", "\x8c\x02os\x8c\x06system\x93."s, "@os.system");
    opcode("REDUCE", "ca\nb\nK\x01\x85R."s, "!@a.b (1)!");
    opcode("NEWOBJ", "ca\nb\n)\x81."s, "!@a.b ()!");
    opcode("NEWOBJ_EX", "ca\nb\n)}\x92."s, "!@a.b () {}!");
    opcode("INST", "(K\x01ia\nb\n."s, "!@a.b (1)!");
    opcode("OBJ", "(ca\nb\nK\x01o."s, "!@a.b (1)!");
    opcode("BUILD", "ca\nb\n)R}b."s, "!@a.b ()!~({})");
    opcode("BUILD twice", "ca\nb\n)RK\x01""bK\x02""b."s, "!@a.b ()!~(1 2)");
    opcode("APPENDS to an object", "ca\nb\n)R(K\x01K\x02""e."s, "!@a.b ()!+(1 2)");
    opcode("ADDITEMS to an object", "ca\nb\n)R(K\x01\x90."s, "!@a.b ()!+(1)");
    opcode("SETITEM of an object", "ca\nb\n)RK\x01K\x02s."s, "!@a.b ()!=(1 2)");
    opcode("PERSID", "Pabc\n.", "P'abc';");
    opcode("BINPERSID", "K\x01\x85Q."s, "P(1);");
    opcode("PROTO and FRAME", "\x80\x05\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01."s, "1");
    opcode("outside of a frame", "\x80\x04\x95\x02\x00\x00\x00\x00\x00\x00\x00K\x01""0C\x01z."s, "b'z'");
    opcode("EMPTY APPENDS to anything", "N(e.", "None");
}

} // namespace

void TestPickle::opcodesMakeTheirObjects_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("object");
    rowsOfNumbersAndTexts();
    rowsOfContainersAndObjects();
}

void TestPickle::opcodesMakeTheirObjects()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, object);
    const auto made = read(pickle);
    QVERIFY2(made.has_value(), made ? "" : made.error().message.c_str());
    QCOMPARE(show(*made, made->root), object);
    QCOMPARE(made->end, pickle.size());
}

void TestPickle::brokenPicklesAreRefusedWithOpcodeAndByte_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<QString>("says");
    const auto row = [](const char* name, const std::string& pickle, const char* says) {
        QTest::newRow(name) << pickle << QString::fromUtf8(says);
    };
    row("nothing", "", "test.pkl: the pickle is empty");
    row("no STOP", "N", "ends at byte 1 without a STOP");
    row("undefined opcode", "N\xff."s, "byte 1 of the pickle, 255, is no opcode");
    row("STOP without a value", ".", "opcode STOP at byte 0: the stack is empty");
    row("open MARKs", "((.", "opcode STOP at byte 2: there is a MARK");
    row("underflow", "K\x01\x87."s, "opcode TUPLE3 at byte 2: the stack is empty");
    row("value below a MARK", "K\x01(\x85."s, "opcode TUPLE1 at byte 3: there is a MARK");
    row("no MARK", "K\x01t."s, "opcode TUPLE at byte 2: there is no MARK");
    row("odd SETITEMS", "}(K\x01u."s, "opcode SETITEMS at byte 4: an odd number");
    row("odd DICT", "(K\x01""d."s, "opcode DICT at byte 3: an odd number");
    row("unset memo", "h\x09."s, "opcode BINGET at byte 0: nothing is in memo slot 9");
    row("negative PUT", "Np-1\n."s, "opcode PUT at byte 1: its argument is no memo slot");
    row("APPEND to a tuple", ")Na.", "opcode APPEND at byte 2: the target is a tuple");
    row("APPEND to a set", "\x8fNa."s, "the target is a set");
    row("SETITEM of a list", "]NNs.", "the target is a list");
    row("BUILD of a string", "U\x01xNb."s, "the target is a string");
    row("LONG4 2 GiB", "\x8b\xff\xff\xff\x7f."s, "length of 2147483647 bytes, but the pickle ends");
    row("LONG4 negative", "\x8b\xff\xff\xff\xff."s, "negative length");
    row("BINSTRING negative", "T\xff\xff\xff\xff."s, "negative length");
    row("BINUNICODE8 2^64-1", "\x8d\xff\xff\xff\xff\xff\xff\xff\xff."s, "length of 18446744073709551615 bytes");
    row("BINBYTES8 2^63", "\x8e\x00\x00\x00\x00\x00\x00\x00\x80."s, "length of 9223372036854775808 bytes");
    row("BYTEARRAY8 1 TiB", "\x96\x00\x00\x00\x00\x00\x01\x00\x00."s, "length of 1099511627776 bytes");
    row("FRAME 2^64-1", "\x95\xff\xff\xff\xff\xff\xff\xff\xff."s, "opcode FRAME at byte 0: the frame has a length");
    row("FRAME straddled", "\x95\x04\x00\x00\x00\x00\x00\x00\x00""C\x05hello."s, "runs past the end of its frame at byte 13");
    row("FRAME within a frame", "\x95\x0c\x00\x00\x00\x00\x00\x00\x00\x95\x00\x00\x00\x00\x00\x00\x00\x00NNNN."s, "before the one around it ends");
    row("INT of letters", "Iabc\n.", "opcode INT at byte 0: its argument is not an integer");
    row("INT of nothing", "I\n.", "not an integer");
    row("INT without end", "I12", "the pickle ends before the line does");
    row("FLOAT of letters", "Fabc\n.", "opcode FLOAT at byte 0");
    row("STRING without quotes", "Sabc\n.", "not a quoted string");
    row("STRING of one quote", "S'\n.", "not a quoted string");
    row("protocol 255", "\x80\xffN."s, "protocol 255 is unknown");
    row("EXT1", "\x82\x01."s, "opcode EXT1 at byte 0");
    row("EXT4", "\x84\x01\x00\x00\x00."s, "opcode EXT4 at byte 0");
    row("NEXT_BUFFER", "\x97."s, "from outside the pickle");
    row("STACK_GLOBAL of numbers", "K\x01K\x02\x93."s, "must be strings");
    row("OBJ of nothing", "(o.", "no class");
    row("GLOBAL cut", "cos\nsys", "opcode GLOBAL at byte 0");
}

void TestPickle::brokenPicklesAreRefusedWithOpcodeAndByte()
{
    QFETCH(std::string, pickle);
    QFETCH(QString, says);
    const auto made = read(pickle);
    QVERIFY(!made);
    const QString message = QString::fromStdString(made.error().message);
    QVERIFY2(message.contains(says) && message.startsWith(QStringLiteral("test.pkl: ")), qPrintable(message));
}

static const std::string ordinary = "\x80\x02}q\x00(X\x01\x00\x00\x00wq\x01""ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage"
                                    "ctorch\nFloatStorage\nX\x01\x00\x00\x00""0X\x03\x00\x00\x00""cpuK\x06tQK\x00K\x02K\x03\x86K\x03K\x01\x86\x89"
                                    "ccollections\nOrderedDict\n)RtRX\x01\x00\x00\x00nG\x40\x09\x21\xfb\x54\x44\x2d\x18u."s;

void TestPickle::everyPrefixOfAPickleIsRefused()
{
    QVERIFY(read(ordinary).has_value());
    for (std::size_t n = 0; n < ordinary.size(); ++n)
        QVERIFY2(!read(ordinary.substr(0, n)), qPrintable(QString::number(n)));
}

void TestPickle::everySingleByteAnywhereIsNoCrash()
{
    std::size_t sound = 0;
    for (std::size_t at = 0; at < ordinary.size(); ++at) {
        std::string changed = ordinary;
        for (int value = 0; value < 256; ++value) {
            changed[at] = static_cast<char>(value);
            const auto made = read(changed);
            sound += made ? 1 : 0;
            if (made)
                QVERIFY(made->root < made->nodes.size());
            else
                QVERIFY(made.error().message.size() < 300);
        }
    }
    QVERIFY(sound > ordinary.size()); // text may be any byte
}

void TestPickle::floatsKeepTheirBits()
{
    const auto made = read("(G\x80\x00\x00\x00\x00\x00\x00\x00G\x00\x00\x00\x00\x00\x00\x00\x01G\x7f\xf0\x00\x00\x00\x00\x00\x00t."s);
    QVERIFY(made.has_value());
    const auto items = made->nodes[made->root].items;
    QVERIFY(made->nodes[items[0]].real == 0 && std::signbit(made->nodes[items[0]].real));
    QCOMPARE(made->nodes[items[1]].real, 0x1p-1074);
    QVERIFY(std::isinf(made->nodes[items[2]].real));
}

void TestPickle::callsAreRecordedAndNotMade()
{
    const auto made = read("cos\nsystem\nU\x02ls\x85R0(U\x02lsiposix\npopen\n0cm\nC\n)\x81""0cm\nD\n0N."s);
    QVERIFY(made.has_value());
    QCOMPARE(made->called, (std::vector<std::string> { "os.system", "posix.popen" }));
    QCOMPARE(made->constructed, std::vector<std::string> { "m.C" });
    QCOMPARE(made->globals, (std::vector<std::string> { "os.system", "posix.popen", "m.C", "m.D" }));
    // torch's id of a class with its source stands for the class.
    const auto module = read("(U\x06moduleca\nNet\nU\x04""fileU\x04texttQ)\x81."s);
    QVERIFY(module.has_value());
    QCOMPARE(module->constructed, std::vector<std::string> { "a.Net" });
}

void TestPickle::globalsAreKeptWhenThePickleBreaks()
{
    Pickle partial;
    QVERIFY(!read("cos\nsystem\nU\x02ls\x85Rh\x09."s, {}, &partial));
    QCOMPARE(partial.globals, std::vector<std::string> { "os.system" });
    QCOMPARE(partial.called, std::vector<std::string> { "os.system" });
    Checkpoint checkpoint;
    noteCalls(partial, "test.pkl", checkpoint);
    QCOMPARE(checkpoint.calls, std::vector<std::string> { "os.system" });
}

void TestPickle::memoSlotsCostNothing()
{
    std::string pickle = "K\x07"s;
    for (int i = 0; i < 1000; ++i)
        pickle += "p" + std::to_string(9'000'000'000'000'000'000LL - i * 1'000'000'000'000LL) + "\n";
    QVERIFY(read(pickle + '.').has_value()); // by index, the last slot alone would need exabytes
}

void TestPickle::limitsAreNamed_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<QString>("says");
    QTest::newRow("opcodes") << std::string(2000, '(') << QStringLiteral("more opcodes than the limit of 1,000");
    QTest::newRow("stack") << std::string(300, 'N') << QStringLiteral("deeper than the limit of 100");
    QTest::newRow("marks") << std::string(300, '(') << QStringLiteral("open MARKs than the limit of 100");
    QTest::newRow("text") << "X\x40\x00\x00\x00"s + std::string(64, 'x') + '.' << QStringLiteral("length of 64 bytes, the limit is 32");
    QTest::newRow("line") << 'V' + std::string(64, 'x') + "\n." << QStringLiteral("line of 64 bytes, the limit is 32");
}

void TestPickle::limitsAreNamed()
{
    QFETCH(std::string, pickle);
    QFETCH(QString, says);
    Limits limits;
    limits.opcodes = 1000;
    limits.stackDepth = says.contains(QStringLiteral("opcodes")) ? 100'000 : 100;
    limits.stringBytes = 32;
    const auto made = read(pickle, limits);
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Limit);
    QVERIFY2(QString::fromStdString(made.error().message).contains(says), made.error().message.c_str());
}

void TestPickle::memoryHasABudget_data()
{
    QTest::addColumn<QByteArray>("once"); // again and again; %1 is another number each time
    QTest::addColumn<bool>("isNumbered");
    const auto row = [](const char* name, const std::string& once, bool isNumbered = false) { QTest::newRow(name) << QByteArray::fromStdString(once) << isNumbered; };
    row("lists thrown away", "]0");
    row("tuples", "NN\x86""0");
    row("numbers", "J\xff\xff\xff\x7f""0"s);
    row("text", "U\x03""abc0"s);
    row("globals", "cm\n%1\n0", true);
    row("memo slots far apart", "Ng%1\n0"s.replace(1, 1, "p"), true);
    row("objects with state", "cm\nC\n)RNb0");
    row("objects with elements", "cm\nC\n)R(NNNe0");
    row("objects with keys", "cm\nC\n)R(NNu0");
}

void TestPickle::memoryHasABudget()
{
    QFETCH(QByteArray, once);
    QFETCH(bool, isNumbered);
    std::string pickle;
    for (int i = 0; i < 40'000; ++i)
        pickle += isNumbered ? QString::fromLatin1(once).arg(1'000'000 + 3 * i).toStdString() : once.toStdString();
    pickle += "N.";
    const auto whole = read(pickle);
    QVERIFY2(whole.has_value(), whole ? "" : whole.error().message.c_str());
    Limits limits;
    limits.pickleMemory = static_cast<std::int64_t>(pickle.size()) + 300'000;
    const auto made = read(pickle, limits);
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Limit);
    QVERIFY2(made.error().message.find("take more memory than the limit of") != std::string::npos, made.error().message.c_str());
}

// 1,000,000 numbers in a list: an honest file.
void TestPickle::nodesAreSmall()
{
    std::string pickle = "]";
    for (int part = 0; part < 10; ++part) {
        pickle += '(';
        for (int i = 0; i < 100'000; ++i)
            pickle += "J\xff\xff\xff"s + static_cast<char>(part);
        pickle += 'e';
    }
    const auto made = read(pickle + '.');
    QVERIFY(made.has_value());
    QCOMPARE(made->nodes[made->root].items.size(), std::size_t(1'000'000));
    QVERIFY2(made->memory < 32'000'000, std::to_string(made->memory).c_str());
}

void TestPickle::deepNestingNeedsNoStack()
{
    const auto tuples = read("N" + std::string(900'000, '\x85') + '.');
    QVERIFY(tuples.has_value());
    const auto lists = read(std::string(900'000, ']') + std::string(899'999, 'a') + '.');
    QVERIFY(lists.has_value());
    QCOMPARE(lists->nodes.size(), std::size_t(900'000));
}

void TestPickle::cyclesAreNodesThatNameEachOther()
{
    const auto list = read("]q\x00h\x00""a."s);
    QVERIFY(list.has_value());
    const auto items = list->nodes[list->root].items;
    QCOMPARE(std::vector<std::uint32_t>(items.begin(), items.end()), std::vector<std::uint32_t> { list->root });
    const auto dict = read("}q\x00U\x04selfh\x00s."s);
    QVERIFY(dict.has_value());
    QCOMPARE(dict->nodes[dict->root].items[1], dict->root);
}

void TestPickle::equalKeysMerge_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("object");
    QTest::addColumn<bool>("warns");
    const auto row = [](const char* name, const std::string& pickle, const char* object, bool warns = true) {
        QTest::newRow(name) << pickle << std::string(object) << warns;
    };
    row("strings", "}(U\x01""aK\x01U\x01""bK\x02U\x01""aK\x03u."s, "{'a' 3 'b' 2}");
    row("True is 1", "}(K\x01K\x02\x88K\x03u."s, "{1 3}");
    row("1.0 is 1", "}(K\x01K\x02G\x3f\xf0\x00\x00\x00\x00\x00\x00K\x03u."s, "{1 3}");
    row("tuples", "}(K\x01U\x01x\x86K\x02K\x01U\x01x\x86K\x03u."s, "{(1 'x') 3}");
    row("text and bytes differ", "}(U\x01""aK\x01""C\x01""aK\x02u."s, "{'a' 1 b'a' 2}", false);
    row("objects differ", "}(ca\nb\n)RK\x01""ca\nb\n)RK\x02u."s, "{!@a.b ()! 1 !@a.b ()! 2}", false);
    row("of an object", "ca\nb\n)R(K\x01K\x02K\x01K\x03u."s, "!@a.b ()!=(1 3)");
}

void TestPickle::equalKeysMerge()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, object);
    const auto made = read(pickle);
    QVERIFY(made.has_value());
    QCOMPARE(show(*made, made->root), object);
    QTEST(!made->messages.empty(), "warns");
    if (!made->messages.empty())
        QVERIFY(made->messages[0].find("duplicate key") != std::string::npos);
}

// Two long texts that are equal, as keys of very many dicts: comparing them each time would take minutes.
void TestPickle::sharedLongKeysAreLookedAtOnce()
{
    const std::string text = "X\x00\x00\x40\x00"s + std::string(4 << 20, 'k');
    std::string pickle = text + "q\x00"s + "0" + text + "q\x01"s + "0(";
    for (int i = 0; i < 100'000; ++i)
        pickle += "}(h\x00Nh\x01Nu"s;
    const auto made = read(pickle + "l.");
    QVERIFY2(made.has_value(), made ? "" : made.error().message.c_str());
    QCOMPARE(made->nodes[made->nodes[made->root].items[0]].items.size(), std::size_t(2));
}

void TestPickle::cancelledJobsStop()
{
    Job job;
    job.cancel();
    const std::string pickle = std::string(10'000, '(');
    const auto made = readPickle(bytesOf(pickle), "test.pkl", {}, job);
    QVERIFY(!made);
    QCOMPARE(made.error().code, ErrorCode::Cancelled);
}

void TestPickle::bytesBehindStopAreLeft()
{
    const auto made = read("\x80\x02K\x01.cos\nsystem\n)R."s);
    QVERIFY(made.has_value());
    QCOMPARE(made->end, std::uint64_t(5));
    QVERIFY(made->globals.empty());
}

QTEST_GUILESS_MAIN(TestPickle)
#include "tst_pickle.moc"
