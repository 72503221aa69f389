// SPDX-License-Identifier: GPL-3.0-or-later
#include <QElapsedTimer>
#include <QTest>

#include "pickletext.h"
#include "treebuild.h"

using namespace ravel;
using namespace pickletext;
using namespace std::string_literals;

namespace {

const Code namespaceOf(const Code& state) { return build(newObject(global("argparse", "Namespace"), {}), state); }

} // namespace

class TestTree : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void objectsAreShownAsWhatTheyAre_data();
    void objectsAreShownAsWhatTheyAre();
    void objectsOfTorchAndPythonAreShownByTheirParts_data();
    void objectsOfTorchAndPythonAreShownByTheirParts();
    void keysAreNamedAsPythonNamesThem_data();
    void keysAreNamedAsPythonNamesThem();
    void equalNamesAreNumbered();
    void orderIsThatOfTheTree();
    void sharedContainersAreExpandedWhereTheTreeStaysSmall();
    void sharedContainersAreReferencesWhereItWouldNot();
    void cyclesAreReferences_data();
    void cyclesAreReferences();
    void callsThatWouldRunCodeAreSaid_data();
    void callsThatWouldRunCodeAreSaid();
    void deepTreesAreCut();
    void longListsOfNumbersAreCut();
    void longTextsAreCut();
    void namesHaveABudget();
    void treesHaveABudget();
    void containersWithoutTensorsAreCutLikeNumbers();
};

void TestTree::objectsAreShownAsWhatTheyAre_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("tree");
    const auto row = [](const char* name, const Code& pickle, const char* tree) { QTest::newRow(name) << pickle << std::string(tree); };
    row("scalars", list({ none(), boolean(true), number(-3), real("0.1"), real("1e300"), text("s"), bytes("b") }),
        ":list(0:None=None 1:bool=True 2:int=-3 3:float=0.1 4:float=1e+300 5:str=s 6:bytes=b)");
    row("containers", tuple({ dict({ text("a"), number(1) }), set({ number(2) }), list({}), tuple({}) }),
        ":tuple(0:dict(a:int=1) 1:set(0:int=2) 2:list 3:tuple)");
    row("OrderedDict with metadata", build(orderedDict({ text("a"), number(1) }), dict({ text("_metadata"), none() })),
        ":OrderedDict(a:int=1 <state>:dict(_metadata:None=None))");
    row("OrderedDict of pairs", call(global("collections", "OrderedDict"), { list({ list({ text("a"), number(1) }) }) }),
        ":OrderedDict(a:int=1)");
    row("set by call", call(global("__builtin__", "set"), { list({ number(1) }) }), ":set(0:int=1)");
    row("frozenset", '(' + number(1) + "\x91", ":set(0:int=1)");
    row("torch.Size", call(global("torch", "Size"), { numbers({ 2, 3 }) }), ":tuple(0:int=2 1:int=3)");
    row("dtype", global("torch", "float32"), ":class=torch.float32");
    row("device", call(global("torch", "device"), { text("cuda"), number(0) }), ":object=torch.device(<arg0>:str=cuda <arg1>:int=0)");
    row("bytes as text", call(global("_codecs", "encode"), { text("a\xc3\xbf"), text("latin1") }), ":bytes=a\xff");
    row("bytes as text, the last ones and one beyond", call(global("_codecs", "encode"), { text("\xc2\x80\xc3\xbf\xc4\x80"), text("latin1") }),
        ":bytes=\x80\xff\xc4\x80");
    row("complex", call(global("builtins", "complex"), { real("1.5"), real("-2") }), ":complex=(1.5-2j)");
    row("unknown class", namespaceOf(dict({ text("lr"), real("0.1") })), ":object=argparse.Namespace(lr:float=0.1)");
    row("slots", build(newObject(global("m", "C"), { number(1) }), tuple({ none(), dict({ text("x"), number(2) }) })),
        ":object=m.C(<arg0>:int=1 x:int=2)");
    row("list of an unknown class", newObject(global("m", "L"), {}) + '(' + number(1) + 'e', ":object=m.L(0:int=1)");
    row("dict of an unknown class", newObject(global("m", "D"), {}) + setItems({ text("k"), number(1) }), ":object=m.D(k:int=1)");
    row("state that is no dict", build(newObject(global("m", "C"), {}), number(7)), ":object=m.C(<state>:int=7)");
    row("old objects", build(call(global("copy_reg", "_reconstructor"), { global("m", "C"), global("__builtin__", "object"), none() }),
                           dict({ text("x"), number(2) })), ":object=m.C(x:int=2)");
    row("class with its source", newObject(persistent(tuple({ text("module"), global("net", "Net"), text("f"), text("src") })), {}),
        ":object=net.Net");
    row("result of a result", call(call(global("pkgutil", "resolve_name"), { text("os:system") }), { text("ls") }),
        ":object=the result of pkgutil.resolve_name(<arg0>:str=ls)");
    const Code f4 = build(call(global("numpy", "dtype"), { text("f4"), boolean(false), boolean(true) }),
        tuple({ number(3), text("<"), none(), none(), none(), number(-1), number(-1), number(0) }));
    row("numpy scalar", call(global("numpy.core.multiarray", "scalar"), { f4, bytes("\x00\x00\xc0\x3f"s) }), ":float=1.5");
    row("enum member", call(global("builtins", "getattr"), { global("m", "Color"), text("RED") }), ":class=m.Color.RED");
    row("numpy array", build(call(global("numpy._core.multiarray", "_reconstruct"), { global("numpy", "ndarray"), numbers({ 0 }), bytes("b") }),
                           tuple({ number(1), numbers({ 2 }), f4, boolean(false), bytes("12345678") })),
        ":tensor");
    row("numpy array of dates", build(call(global("numpy._core.multiarray", "_reconstruct"), { global("numpy", "ndarray"), numbers({ 0 }), bytes("b") }),
                                    tuple({ number(1), numbers({ 1 }), call(global("numpy", "dtype"), { text("M8") }), boolean(false), bytes("12345678") })),
        ":object=numpy.ndarray(<shape>:tuple(0:int=1) <dtype>:str=M8 <fortran_order>:bool=False <data>:bytes=12345678)");
    row("numpy array of objects", build(call(global("numpy.core.multiarray", "_reconstruct"), { global("numpy", "ndarray"), numbers({ 0 }), bytes("b") }),
                                      tuple({ number(1), numbers({ 1 }), call(global("numpy", "dtype"), { text("O8") }), boolean(false), list({ text("x") }) })),
        ":object=numpy.ndarray(0:str=x <shape>:tuple(0:int=1) <dtype>:str=O8 <fortran_order>:bool=False)");
}

void TestTree::objectsOfTorchAndPythonAreShownByTheirParts_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("tree");
    const auto row = [](const char* name, const Code& pickle, const char* tree) { QTest::newRow(name) << pickle << std::string(tree); };
    row("sparse tensor", call(global("torch._utils", "_rebuild_sparse_tensor"), { call(global("torch.serialization", "_get_layout"), { text("torch.sparse_coo") }),
                             tuple({ plainTensor("0"), plainTensor("1"), numbers({ 9, 9 }) }) }),
        ":object=torch.sparse_coo_tensor(<indices>:tensor <values>:tensor <size>:tuple(0:int=9 1:int=9))");
    row("sparse tensor that says whether it is coalesced", call(global("torch._utils", "_rebuild_sparse_tensor"), { global("torch", "sparse_coo"),
                             tuple({ plainTensor("0"), plainTensor("1"), numbers({ 9 }), boolean(true) }) }),
        ":object=torch.sparse_coo_tensor(<indices>:tensor <values>:tensor <size>:tuple(0:int=9) <is_coalesced>:bool=True)");
    row("CSR of 1.13", call(global("torch._utils", "_rebuild_sparse_csr_tensor"), { call(global("torch.serialization", "_get_layout"), { text("torch.sparse_csr") }),
                             tuple({ plainTensor("0"), plainTensor("1"), plainTensor("2"), numbers({ 9, 9 }) }) }),
        ":object=torch.sparse_csr_tensor(<crow_indices>:tensor <col_indices>:tensor <values>:tensor <size>:tuple(0:int=9 1:int=9))");
    row("CSC", call(global("torch._utils", "_rebuild_sparse_tensor"), { global("torch", "sparse_csc"),
                             tuple({ plainTensor("0"), plainTensor("1"), plainTensor("2"), numbers({ 9, 9 }) }) }),
        ":object=torch.sparse_csc_tensor(<ccol_indices>:tensor <row_indices>:tensor <values>:tensor <size>:tuple(0:int=9 1:int=9))");
    row("nested tensor", call(global("torch._utils", "_rebuild_nested_tensor"), { plainTensor("0"), plainTensor("1"), plainTensor("2"), plainTensor("3") }),
        ":object=torch.nested_tensor(<buffer>:tensor <sizes>:tensor <strides>:tensor <storage_offsets>:tensor)");
    row("sparse tensor with too little", call(global("torch._utils", "_rebuild_sparse_tensor"), { global("torch", "sparse_coo"), tuple({ plainTensor("0") }) }),
        ":object=torch._utils._rebuild_sparse_tensor(<arg0>:class=torch.sparse_coo <arg1>:tuple(0:tensor))");
    row("bytearray", call(global("builtins", "bytearray"), { bytes("ab") }), ":bytes=ab");
    row("bytearray of protocol 2", call(global("__builtin__", "bytearray"), { text("a\xc3\xbf"), text("latin-1") }), ":bytes=a\xff");
    row("empty bytes", call(global("__builtin__", "bytes"), {}), ":bytes");
    row("slice", call(global("builtins", "slice"), { number(1), none(), number(2) }), ":object=builtins.slice(<arg0>:int=1 <arg1>:None=None <arg2>:int=2)");
    row("range", call(global("builtins", "range"), { number(0), number(5), number(1) }), ":object=builtins.range(<arg0>:int=0 <arg1>:int=5 <arg2>:int=1)");
    row("Decimal", call(global("decimal", "Decimal"), { text("1.5") }), ":object=decimal.Decimal(<arg0>:str=1.5)");
    row("datetime", call(global("datetime", "datetime"), { bytes("\x07\xea\x0b\x16\x12\x05\x06\x00\x00\x00"s) }), ":object=datetime.datetime(<value>:str=2026-11-22 18:05:06)");
    row("datetime of protocol 2", call(global("datetime", "datetime"), { call(global("_codecs", "encode"), { text("\x07\xc3\xaa\x0b\x16\x12\x05\x06\x00\x00\x01"s), text("latin1") }) }),
        ":object=datetime.datetime(<value>:str=2026-11-22 18:05:06.000001)");
    row("date", call(global("datetime", "date"), { bytes("\x07\xea\x0b\x16"s) }), ":object=datetime.date(<value>:str=2026-11-22)");
    row("defaultdict", call(global("collections", "defaultdict"), { global("builtins", "list") }) + setItems({ text("k"), number(1) }),
        ":object=collections.defaultdict(<arg0>:class=builtins.list k:int=1)");
    row("Counter", call(global("collections", "Counter"), { dict({ text("k"), number(1) }) }), ":object=collections.Counter(<arg0>:dict(k:int=1))");
    row("deque", call(global("collections", "deque"), { tuple({}), number(3) }) + '(' + number(1) + 'e', ":object=collections.deque(<arg0>:tuple <arg1>:int=3 0:int=1)");
    row("namedtuple", newObject(global("m", "Point"), { number(1), number(2) }), ":object=m.Point(<arg0>:int=1 <arg1>:int=2)");
    row("path", call(global("pathlib", "PosixPath"), { text("a"), text("b.pt") }), ":object=pathlib.PosixPath(<arg0>:str=a <arg1>:str=b.pt)");
    row("memory format and layout", list({ global("torch", "channels_last"), global("torch", "strided"), global("torch", "per_tensor_affine") }),
        ":list(0:class=torch.channels_last 1:class=torch.strided 2:class=torch.per_tensor_affine)");
    row("quantised per tensor", call(global("torch._utils", "_rebuild_qtensor"), { storage("0", 6, "QInt8Storage"), number(0), numbers({ 6 }), numbers({ 1 }),
                                tuple({ global("torch", "per_tensor_affine"), real("0.1"), number(3) }), boolean(false), orderedDict({}) }),
        ":tensor(<scheme>:class=torch.per_tensor_affine <scale>:float=0.1 <zero_point>:int=3)");
    row("quantised per channel", call(global("torch._utils", "_rebuild_qtensor"), { storage("0", 6, "QInt8Storage"), number(0), numbers({ 6 }), numbers({ 1 }),
                                tuple({ global("torch", "per_channel_affine"), plainTensor("1"), plainTensor("2"), number(0) }), boolean(false), orderedDict({}) }),
        ":tensor(<scheme>:class=torch.per_channel_affine <scales>:tensor <zero_points>:tensor <axis>:int=0)");
    const auto fromType = [](const Code& function, const Code& arguments, const Code& state) {
        return call(global("torch._tensor", "_rebuild_from_type_v2"), { function, global("m", "MyTensor"), arguments, state });
    };
    const Code v2 = tuple({ storage("0", 6), number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}) });
    row("subclass with state", fromType(global("torch._utils", "_rebuild_tensor_v2"), v2, dict({ text("tag"), text("x") })),
        ":tensor(<type>:class=m.MyTensor <state>:dict(tag:str=x))");
    row("subclass without state", fromType(global("torch._utils", "_rebuild_tensor_v2"), v2, tuple({ dict({}), none() })), ":tensor(<type>:class=m.MyTensor)");
    row("wrapper subclass", fromType(global("torch._utils", "_rebuild_wrapper_subclass"), tuple({ global("m", "MyTensor"), global("torch", "float32"), numbers({ 6 }), numbers({ 1 }),
                                number(0), global("torch", "strided"), call(global("torch", "device"), { text("cpu") }), boolean(false) }), dict({ text("inner"), plainTensor() })),
        ":tensor(<type>:class=m.MyTensor <state>:dict(inner:tensor))");
    row("parameter with state", call(global("torch._utils", "_rebuild_parameter_with_state"), { plainTensor(), boolean(true), orderedDict({}), dict({ text("tag"), number(7) }) }),
        ":tensor(<state>:dict(tag:int=7))");
}

void TestTree::objectsOfTorchAndPythonAreShownByTheirParts() { objectsAreShownAsWhatTheyAre(); }

void TestTree::objectsAreShownAsWhatTheyAre()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, tree);
    const auto built = buildFrom(pickle);
    QVERIFY2(built->done.has_value(), built->done ? "" : built->done.error().message.c_str());
    QCOMPARE(show(built->checkpoint), tree);
}

void TestTree::keysAreNamedAsPythonNamesThem_data()
{
    QTest::addColumn<std::string>("key");
    QTest::addColumn<std::string>("name");
    QTest::addColumn<PathKey::Kind>("kind");
    const auto row = [](const char* name, const Code& key, const std::string& text, PathKey::Kind kind = PathKey::Kind::Repr) {
        QTest::newRow(name) << key << text << kind;
    };
    row("str", text("a.b c"), "a.b c", PathKey::Kind::String);
    row("str with control characters", text("a\0\n\x1b"s), "a\0\n\x1b"s, PathKey::Kind::String);
    row("str that is not UTF-8", text("\xff\xfe"), "\xff\xfe", PathKey::Kind::String);
    row("empty str", text(""), "", PathKey::Kind::String);
    row("int", number(-5), "-5", PathKey::Kind::Integer);
    row("big int", "\x8a\x09\0\0\0\0\0\0\0\0\x01"s, "18446744073709551616", PathKey::Kind::Integer);
    row("True", boolean(true), "True");
    row("None", none(), "None");
    row("float", real("1e-5"), "1e-05");
    row("whole float", real("3"), "3.0");
    row("largest plain float", real("9999999999999998"), "9999999999999998.0");
    row("large float", real("1e16"), "1e+16");
    row("small float", real("0.0001"), "0.0001");
    row("nan", real("nan"), "nan");
    row("bytes", bytes("a'\x00\xff"s), "b\"a'\\x00\\xff\"");
    row("tuple", tuple({ number(2), text("x") }), "(2, 'x')");
    row("tuple of one", tuple({ number(2) }), "(2,)");
    row("tuple of all", tuple({ none(), boolean(false), real("0.5"), text("it's"), tuple({}) }), "(None, False, 0.5, \"it's\", ())");
    row("tuple with quotes", tuple({ text("'\"\n\\") }), "('\\'\"\\n\\\\',)");
    row("class", global("torch", "float32"), "<torch.float32>");
    row("object", newObject(global("m", "C"), {}), "<m.C>");
    row("bytes as text", call(global("_codecs", "encode"), { text("a\xc3\xbf"), text("latin1") }), "b'a\\xff'");
    row("frozenset", '(' + number(1) + number(2) + "\x91", "frozenset({1, 2})");
    row("frozenset by call", call(global("__builtin__", "frozenset"), { list({ number(1) }) }), "frozenset({1})");
    row("enum member", call(global("builtins", "getattr"), { global("m", "Color"), text("RED") }), "Color.RED");
    row("device", call(global("torch", "device"), { text("cuda"), number(1) }), "cuda:1");
}

void TestTree::keysAreNamedAsPythonNamesThem()
{
    QFETCH(std::string, key);
    QFETCH(std::string, name);
    QFETCH(PathKey::Kind, kind);
    const auto built = buildFrom(dict({ text("weird"), dict({ key, plainTensor() }) }));
    QVERIFY(built->done.has_value());
    QCOMPARE(built->names(), "weird." + name);
    QCOMPARE(built->checkpoint.entryPath(built->checkpoint.tensors[0].entry), (Path { { PathKey::Kind::String, "weird" }, { kind, name } }));
}

void TestTree::equalNamesAreNumbered()
{
    const auto built = buildFrom(dict({ text("a.b"), plainTensor(), text("a"), dict({ text("b"), plainTensor(), text("b#2"), plainTensor() }),
        number(1), plainTensor(), text("1"), plainTensor(), text("a.b#2"), plainTensor() }));
    QCOMPARE(built->names(), "a.b a.b#2 a.b#2#2 1 1#2 a.b#2#3"s);
}

void TestTree::orderIsThatOfTheTree()
{
    const auto built = buildFrom(dict({ text("z"), dict({ text("b"), plainTensor("1"), text("a"), list({ plainTensor("2"), plainTensor("3") }) }),
        text("c"), plainTensor("4") }));
    QCOMPARE(built->names(), "z.b z.a.0 z.a.1 c"s);
    std::string keys;
    for (const Storage& storage : built->checkpoint.storages)
        keys += storage.id.key;
    QCOMPARE(keys, "1234"s);
    for (const Entry& entry : built->checkpoint.entries)
        for (std::uint32_t i = 0; i < entry.childCount; ++i)
            QCOMPARE(&built->checkpoint.entries[built->checkpoint.entries[entry.firstChild + i].parent], &entry);
}

void TestTree::sharedContainersAreExpandedWhereTheTreeStaysSmall()
{
    const auto built = buildFrom(dict({ text("model"), remember(orderedDict({ text("w"), plainTensor() }), 0), text("ema"), recall(0) }));
    QCOMPARE(show(built->checkpoint), ":dict(model:OrderedDict(w:tensor) ema:OrderedDict(w:tensor))"s);
    QCOMPARE(built->names(), "model.w ema.w"s);
}

// Ten times the one below, sixty times over: 10^60 places of ten lists each.
void TestTree::sharedContainersAreReferencesWhereItWouldNot()
{
    Code bomb = remember(list({ plainTensor() }), 0);
    for (int level = 1; level < 60; ++level)
        bomb = remember("](" + bomb + joined(std::vector<Code>(9, recall(level - 1))) + 'e', level);
    QElapsedTimer clock;
    clock.start();
    const auto built = buildFrom(dict({ text("ok"), plainTensor("ok"), text("bomb"), bomb }));
    QVERIFY(built->done.has_value());
    QVERIFY(clock.elapsed() < 10'000); // and not until the end of the universe
    QCOMPARE(built->checkpoint.tensors.size(), std::size_t(2));
    QCOMPARE(built->checkpoint.entries.size(), std::size_t(1 + 2 + 59 * 10 + 1));
    const Entry* again = built->entry("bomb.1");
    QCOMPARE(again->kind, EntryKind::Reference);
    QCOMPARE(built->checkpoint.entryName(again->target), "bomb.0"s);
    QCOMPARE(again->value, "bomb.0"s);
}

void TestTree::cyclesAreReferences_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("tree");
    QTest::newRow("list") << remember("]", 0) + recall(0) + 'a' << ":list(0:reference)"s;
    QTest::newRow("dict") << remember("}", 0) + text("self") + recall(0) + 's' << ":dict(self:reference)"s;
    QTest::newRow("object") << build(remember(newObject(global("m", "C"), {}), 0), dict({ text("me"), recall(0) })) << ":object=m.C(me:reference)"s;
    QTest::newRow("state that holds itself") << build(newObject(global("m", "C"), {}), remember("}", 0) + text("d") + recall(0) + 's')
                                             << ":object=m.C(d:dict(d:reference=d))"s;
    QTest::newRow("arguments") << "](" + remember("]", 0) + tuple({ recall(0) }) + "ae" << ":list(0:list(0:tuple(0:reference=0)))"s;
    QTest::newRow("two lists") << remember("]", 0) + remember("]", 1) + recall(0) + 'a' + 'a' << ":list(0:list(0:reference))"s;
}

void TestTree::cyclesAreReferences()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, tree);
    const auto built = buildFrom(pickle);
    QVERIFY2(built->done.has_value(), built->done ? "" : built->done.error().message.c_str());
    QCOMPARE(show(built->checkpoint), tree);
    for (const Entry& entry : built->checkpoint.entries)
        if (entry.kind == EntryKind::Reference)
            QVERIFY(entry.target < built->checkpoint.entries.size());
}

void TestTree::callsThatWouldRunCodeAreSaid_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("calls"); // empty: harmless
    const auto row = [](const char* name, const Code& pickle, const char* calls = "") { QTest::newRow(name) << pickle << std::string(calls); };
    row("function of the system", call(global("posix", "system"), { text("ls") }), "posix.system");
    row("through another module", call(global("torch", "os.system"), { text("ls") }), "torch.os.system");
    row("eval", call(global("builtins", "eval"), { text("1") }), "builtins.eval");
    row("class of a dangerous package", newObject(global("subprocess", "Popen"), { text("ls") }), "subprocess.Popen");
    row("function that nobody knows", call(global("m", "run"), {}), "m.run");
    row("passed to torch", call(global("torch._tensor", "_rebuild_from_type_v2"), { global("os", "system"), global("m", "C"), tuple({ text("ls") }), none() }), "os.system");
    row("result thrown away", call(global("os", "system"), { text("ls") }) + "0N", "os.system");
    row("class that is overwritten", build(global("m", "C"), dict({ text("__call__"), global("os", "system") })), "m.C");
    row("torch.load", call(global("torch.serialization", "load"), { text("f") }), "torch.serialization.load");
    row("inner pickle of a storage", call(global("torch.storage", "_load_from_bytes"), { bytes("x") }), "torch.storage._load_from_bytes");
    row("getattr", call(global("builtins", "getattr"), { global("os", "path"), text("os") }), "builtins.getattr");
    row("what getattr gives is called", call(call(global("builtins", "getattr"), { global("m", "C"), text("run") }), {}), "builtins.getattr");
    row("getattr of dunder", call(global("builtins", "getattr"), { global("m", "C"), text("__init__") }), "builtins.getattr");
    row("enum member", call(global("builtins", "getattr"), { global("m", "Color"), text("RED") }));
    row("only named", global("os", "system"));
    row("class that nobody knows", newObject(global("m", "Net"), {}));
    row("class by REDUCE", call(global("m.models", "MyNet"), {}));
    row("lower-case class by NEWOBJ", newObject(global("m", "net"), {}));
    row("Namespace", namespaceOf(dict({})));
    row("OrderedDict", orderedDict({}));
    row("types", list({ call(global("builtins", "set"), { list({}) }), call(global("__builtin__", "bytearray"), {}) }));
    row("datetime", call(global("datetime", "datetime"), { bytes("1234567890") }));
    row("path", call(global("pathlib", "PosixPath"), { text("a") }));
    row("tensors", list({ plainTensor(), parameter(plainTensor()) }));
}

void TestTree::callsThatWouldRunCodeAreSaid()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, calls);
    const auto built = buildFrom(pickle);
    QVERIFY2(built->done.has_value(), built->done ? "" : built->done.error().message.c_str());
    std::string found;
    for (const std::string& name : built->checkpoint.calls)
        found += name;
    QCOMPARE(found, calls);
    QCOMPARE(built->checkpoint.messages.empty(), calls.empty());
    if (!calls.empty()) {
        QVERIFY(built->messages().find(calls) != std::string::npos);
        QVERIFY(built->messages().find("nothing was executed") != std::string::npos);
    }
}

void TestTree::deepTreesAreCut()
{
    const auto built = buildFrom(dict({ text("deep"), "N" + std::string(300'000, '\x85'), text("ok"), plainTensor() }));
    QVERIFY(built->done.has_value());
    QCOMPARE(built->names(), "ok"s);
    QVERIFY(built->checkpoint.entries.size() < 300);
    QVERIFY(built->messages().find("nested deeper than 200 levels") != std::string::npos);
}

void TestTree::longListsOfNumbersAreCut()
{
    Code codes;
    for (int i = 0; i < 15; ++i)
        codes += '(' + std::string(100'000, 'N') + 'e';
    const auto built = buildFrom(dict({ text("long"), ']' + codes + '(' + plainTensor() + 'e' }));
    QVERIFY(built->done.has_value());
    QCOMPARE(built->names(), "long.1500000"s);
    QCOMPARE(built->entry("long")->childCount, 1'000'002U);
    QCOMPARE(built->checkpoint.entries.back().value, "500000 more are not shown"s);
}

void TestTree::longTextsAreCut()
{
    const auto one = buildFrom(text(std::string(100'000, 'x')));
    QCOMPARE(one->checkpoint.entries[0].value.size(), std::size_t(64 << 10));
    QCOMPARE(one->checkpoint.entries[0].size, std::uint64_t(100'000));
    // One long text in very many places.
    const auto many = buildFrom(list({ remember(text(std::string(1 << 20, 'x')), 0), joined(std::vector<Code>(100'000, recall(0))) }));
    QVERIFY(many->done.has_value());
    std::size_t bytes = 0;
    for (const Entry& entry : many->checkpoint.entries)
        bytes += entry.value.size();
    QVERIFY(bytes < (70 << 20));
    QVERIFY(many->messages().find("too long to show") != std::string::npos);
}

// One key of a megabyte in very many dicts, with a tensor in each.
void TestTree::namesHaveABudget()
{
    const Code item = "}" + recall(0) + recall(1) + 's';
    const auto built = buildFrom(tuple({ remember(text(std::string(1 << 20, 'k')), 0), remember(plainTensor(), 1), list(std::vector<Code>(10'000, item)) }));
    QVERIFY(!built->done);
    QCOMPARE(built->done.error().code, ErrorCode::Limit);
    QVERIFY(built->done.error().message.find("names of its objects") != std::string::npos);
}

// One tensor in very many places.
void TestTree::treesHaveABudget()
{
    Code many = remember(plainTensor(), 0) + "0]";
    for (int i = 0; i < 20; ++i)
        many += '(' + joined(std::vector<Code>(100'000, recall(0))) + 'e';
    const auto built = buildFrom(many);
    QVERIFY(!built->done);
    QCOMPARE(built->done.error().code, ErrorCode::Limit);
    QVERIFY(built->done.error().message.find("take more memory than the limit") != std::string::npos);
}

void TestTree::containersWithoutTensorsAreCutLikeNumbers()
{
    Limits limits;
    limits.pickleMemory = 4 << 20;
    Code codes = "]";
    for (int i = 0; i < 5; ++i)
        codes += '(' + joined(std::vector<Code>(10'000, "]")) + 'e';
    const auto built = buildFrom(dict({ text("lists"), codes, text("deep"), list({ list({ list({ plainTensor() }) }) }) }), limits);
    QVERIFY2(built->done.has_value(), built->done ? "" : built->done.error().message.c_str());
    QCOMPARE(built->names(), "deep.0.0.0"s);
    QVERIFY(built->entry("lists")->childCount < 30'000);
    QVERIFY(built->entry("lists....")->value.find("more are not shown") != std::string::npos);
}

QTEST_GUILESS_MAIN(TestTree)
#include "tst_tree.moc"
