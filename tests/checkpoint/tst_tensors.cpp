// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "pickletext.h"
#include "treebuild.h"

#include <map>

using namespace ravel;
using namespace pickletext;
using namespace std::string_literals;

namespace {

// A whole pickled module, as torch.save(model) writes it.
Code module(const std::string& name, const std::vector<Code>& parameters, const std::vector<Code>& buffers, const std::vector<Code>& modules)
{
    return build(newObject(global("net", name), {}),
        dict({ text("training"), boolean(true), text("_parameters"), orderedDict(parameters), text("_buffers"), orderedDict(buffers),
            text("_modules"), orderedDict(modules) }));
}

} // namespace

class TestTensors : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tensorsAreRebuiltFromTheirCalls_data();
    void tensorsAreRebuiltFromTheirCalls();
    void badTensorsAreListedWithTheirReason_data();
    void badTensorsAreListedWithTheirReason();
    void metaTensorsAreListedWithoutAWarning();
    void kindsComeFromTheModuleTheParameterOrTheName();
    void aTensorInTwoPlacesIsListedTwice();
    void eachStorageIsAskedForOnce();
    void viewsOfALegacyStorageMoveTheOffset();
    void aStorageOfTwoDtypesKeepsItsFirst();
    void storagesWithoutTensorsAreKnown();
    void persistentIdsThatAreNoStorageAreSaid();
    void storageClassesOfTorchAlone_data();
    void storageClassesOfTorchAlone();
};

void TestTensors::tensorsAreRebuiltFromTheirCalls_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("facts"); // dtype, shape, stride, offset, kind; then what is not as usual
    const auto row = [](const char* name, const Code& pickle, const char* facts) { QTest::newRow(name) << pickle << std::string(facts); };
    const Code floats = storage("0", 6);
    const auto utils = [](const char* name, const std::vector<Code>& arguments) { return call(global("torch._utils", name), arguments); };
    row("_rebuild_tensor", utils("_rebuild_tensor", { floats, number(1), numbers({ 2, 2 }), numbers({ 1, 2 }) }), "float32 [2,2] [1,2] 1 unknown");
    row("_rebuild_tensor_v2", plainTensor(), "float32 [2,3] [3,1] 0 unknown");
    row("with requires_grad", tensor(floats, 0, { 6 }, { 1 }, true), "float32 [6] [1] 0 parameter grad");
    row("scalar", tensor(floats, 5, {}, {}), "float32 [] [] 5 unknown");
    row("empty", tensor(storage("0", 0), 0, { 0 }, { 1 }), "float32 [0] [1] 0 unknown");
    row("expanded", tensor(floats, 5, { 1'000'000'000'000 }, { 0 }), "float32 [1000000000000] [0] 5 unknown");
    row("sizes in a torch.Size", utils("_rebuild_tensor", { floats, number(0), call(global("torch", "Size"), { numbers({ 6 }) }), numbers({ 1 }) }),
        "float32 [6] [1] 0 unknown");
    row("_rebuild_tensor_v3", utils("_rebuild_tensor_v3", { storage("0", 6, "UntypedStorage"), number(0), numbers({ 3 }), numbers({ 1 }), boolean(false), orderedDict({}), global("torch", "uint16") }),
        "uint16 [3] [1] 0 unknown");
    row("float8 by _v3", utils("_rebuild_tensor_v3", { storage("0", 6, "UntypedStorage"), number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}), global("torch", "float8_e5m2"), none() }),
        "float8_e5m2 [6] [1] 0 unknown");
    row("_rebuild_parameter", parameter(plainTensor(), false), "float32 [2,3] [3,1] 0 parameter");
    row("_rebuild_parameter_with_state", utils("_rebuild_parameter_with_state", { plainTensor(), boolean(true), orderedDict({}), dict({}) }),
        "float32 [2,3] [3,1] 0 parameter grad");
    row("Parameter(tensor, flag)", call(global("torch.nn.parameter", "Parameter"), { plainTensor(), boolean(true) }), "float32 [2,3] [3,1] 0 parameter grad");
    row("_rebuild_from_type_v2", call(global("torch._tensor", "_rebuild_from_type_v2"), { global("torch._utils", "_rebuild_tensor_v2"), global("m", "MyTensor"),
                                     tuple({ floats, number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}) }), dict({}) }),
        "float32 [6] [1] 0 unknown");
    row("of another device", utils("_rebuild_device_tensor_from_cpu_tensor", { plainTensor(), global("torch", "float32"), text("xla:0"), boolean(true) }),
        "float32 [2,3] [3,1] 0 parameter grad");
    row("quantised", utils("_rebuild_qtensor", { storage("0", 6, "QInt8Storage"), number(0), numbers({ 6 }), numbers({ 1 }),
                                tuple({ global("torch", "per_tensor_affine"), real("0.1"), number(3) }), boolean(false), orderedDict({}) }),
        "qint8 [6] [1] 0 unknown locked");
    row("conjugated", utils("_rebuild_tensor_v2", { storage("0", 6, "ComplexFloatStorage"), number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}),
                                 dict({ text("conj"), boolean(true) }) }),
        "complex64 [6] [1] 0 unknown locked");
    row("of a locked storage", plainTensor("locked"), "float32 [2,3] [3,1] 0 unknown locked");
    row("assigned to afterwards", plainTensor() + setItems({ number(0), real("1") }), "float32 [2,3] [3,1] 0 unknown locked");
    row("of the cuda class", utils("_rebuild_tensor", { persistent(tuple({ text("storage"), global("torch.cuda", "HalfStorage"), text("0"), text("cuda:0"), number(6) })),
                                        number(0), numbers({ 6 }), numbers({ 1 }) }),
        "float16 [6] [1] 0 unknown");
}

void TestTensors::tensorsAreRebuiltFromTheirCalls()
{
    QFETCH(std::string, pickle);
    const auto built = buildFrom(dict({ text("t"), pickle }));
    QVERIFY(built->done.has_value());
    const Tensor* tensor = built->tensor("t");
    QVERIFY2(tensor && tensor->readable, tensor ? tensor->reason.c_str() : "no tensor");
    const auto list = [](const std::vector<std::int64_t>& values) {
        std::string text = " [";
        for (std::size_t i = 0; i < values.size(); ++i)
            text += (i ? "," : "") + std::to_string(values[i]);
        return text + ']';
    };
    std::string facts = std::string(dtypeName(tensor->dtype)) + list(tensor->shape) + list(tensor->stride) + ' '
        + std::to_string(tensor->storageOffset.value) + ' ' + std::string(tensorKindName(tensor->kind));
    facts += tensor->requiresGrad ? " grad" : "";
    facts += tensor->editable ? "" : " locked";
    QTEST(facts, "facts");
    QCOMPARE(tensor->editable, tensor->reason.empty());
    QCOMPARE(built->checkpoint.entries[tensor->entry].tensor, TensorOrdinal(0));
    QVERIFY2(built->checkpoint.messages.empty(), built->messages().c_str());
}

void TestTensors::badTensorsAreListedWithTheirReason_data()
{
    QTest::addColumn<std::string>("pickle");
    QTest::addColumn<std::string>("says");
    const auto row = [](const char* name, const Code& pickle, const char* says) { QTest::newRow(name) << pickle << std::string(says); };
    const Code floats = storage("0", 6);
    const auto utils = [](const char* name, const std::vector<Code>& arguments) { return call(global("torch._utils", name), arguments); };
    row("two arguments", utils("_rebuild_tensor_v2", { floats, number(0) }), "was given 2 arguments, it takes 6 or 7");
    row("arguments in a list", global("torch._utils", "_rebuild_tensor") + list({ floats }) + 'R', "was given 0 arguments");
    row("texts for sizes", utils("_rebuild_tensor", { floats, text("0"), text("(6,)"), text("(1,)") }), "its shape is a string");
    row("text for the offset", utils("_rebuild_tensor", { floats, text("0"), numbers({ 6 }), numbers({ 1 }) }), "its storage offset is not an integer");
    row("bool among the sizes", utils("_rebuild_tensor", { floats, number(0), tuple({ boolean(true) }), numbers({ 1 }) }), "its shape holds a bool");
    row("huge size", utils("_rebuild_tensor", { floats, number(0), tuple({ "\x8a\x09\0\0\0\0\0\0\0\0\x01"s }), numbers({ 1 }) }), "an integer beyond 64 bits");
    row("past the end", tensor(floats, 0, { 7 }, { 1 }), "reaches element 6 of a storage of 6");
    row("negative offset", tensor(floats, -1, { 1 }, { 1 }), "storage offset -1 is negative");
    row("65 dimensions", tensor(floats, 0, std::vector<std::int64_t>(65, 1), std::vector<std::int64_t>(65, 1)), "has 65 dimensions, the limit is 64");
    row("missing storage", plainTensor("missing"), "its storage 'missing' is missing");
    row("key that leads out", plainTensor("../data.pkl"), "its storage key '../data.pkl' is not the name of a storage");
    row("key of dots", plainTensor(".."), "is not the name of a storage");
    row("empty key", plainTensor(""), "is not the name of a storage");
    row("key with NUL", plainTensor("0\0"s), "is not the name of a storage");
    row("storage class of another module", utils("_rebuild_tensor", { persistent(tuple({ text("storage"), global("os", "FloatStorage"), text("0"), text("cpu"), number(6) })),
                                                   number(0), numbers({ 6 }), numbers({ 1 }) }), "its storage type 'os.FloatStorage' is not one of torch's");
    row("negative numel", tensor(storage("0", -6), 0, { 6 }, { 1 }), "no number of elements");
    row("persistent id of another kind", utils("_rebuild_tensor", { persistent(tuple({ text("secret") })), number(0), numbers({ 6 }), numbers({ 1 }) }),
        "the persistent id of its storage is not marked");
    row("no storage", utils("_rebuild_tensor", { number(0), number(0), numbers({ 6 }), numbers({ 1 }) }), "there is an integer");
    row("view past its storage", tensor(storage("0", 6, "FloatStorage", "cpu", tuple({ text("1"), number(4), number(3) })), 0, { 1 }, { 1 }), "its view of storage '0' ends past");
    row("past the end of its view", tensor(storage("0", 6, "FloatStorage", "cpu", tuple({ text("1"), number(2), number(3) })), 0, { 4 }, { 1 }), "element 3 of a storage of 3");
    row("parameter of nothing", parameter(number(1)), "there is no tensor");
    row("unknown dtype", utils("_rebuild_tensor_v3", { storage("0", 6, "UntypedStorage"), number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}), global("torch", "float3") }),
        "its dtype is none that is known");
    row("dtype that is not its storage's", utils("_rebuild_tensor_v3", { floats, number(0), numbers({ 6 }), numbers({ 1 }), boolean(false), orderedDict({}), global("torch", "int8") }),
        "is not that of its storage type");
}

void TestTensors::metaTensorsAreListedWithoutAWarning()
{
    const auto built = buildFrom(list({ tensor(storage("0", 6, "FloatStorage", "meta"), 0, { 6 }, { 1 }, true),
        call(global("torch._utils", "_rebuild_meta_tensor_no_storage"), { global("torch", "float16"), numbers({ 2, 3 }), numbers({ 3, 1 }), boolean(false) }) }));
    QCOMPARE(built->checkpoint.tensors.size(), std::size_t(2));
    QVERIFY(built->checkpoint.messages.empty() && built->catalog.asked.empty());
    for (const Tensor& tensor : built->checkpoint.tensors) {
        QVERIFY(!tensor.readable && !tensor.editable && tensor.storage == noOrdinal);
        QVERIFY(tensor.reason.find("meta device") != std::string::npos);
        QCOMPARE(tensor.numel.value, 6);
    }
    QCOMPARE(built->checkpoint.tensors[1].dtype, Dtype::Float16);
}

void TestTensors::badTensorsAreListedWithTheirReason()
{
    QFETCH(std::string, pickle);
    QFETCH(std::string, says);
    const auto built = buildFrom(dict({ text("good"), plainTensor("good"), text("bad"), pickle }));
    QVERIFY(built->done.has_value());
    QCOMPARE(built->names(), "good bad"s);
    QVERIFY(built->tensor("good")->editable);
    const Tensor& bad = *built->tensor("bad");
    QVERIFY(!bad.readable && !bad.editable && bad.storage == noOrdinal);
    QVERIFY2(bad.reason.find(says) != std::string::npos, bad.reason.c_str());
    QCOMPARE(bad.shape.size(), bad.stride.size());
    QVERIFY(std::all_of(bad.shape.begin(), bad.shape.end(), [](std::int64_t size) { return size >= 0; }));
    QVERIFY2(built->messages().find("tensor 'bad': " + bad.reason) != std::string::npos, built->messages().c_str());
}

void TestTensors::kindsComeFromTheModuleTheParameterOrTheName()
{
    const Code inner = module("Norm", { text("weight"), plainTensor("1") }, { text("mean"), plainTensor("2") }, {});
    const auto built = buildFrom(dict({ text("net"), module("Net", { text("w"), parameter(plainTensor("3")), text("none"), none() }, {}, { text("0"), inner }),
        text("running_mean"), plainTensor("4"), text("x"), plainTensor("5"), text("p"), parameter(plainTensor("6")) }));
    std::map<std::string, TensorKind> kinds;
    for (const Tensor& tensor : built->checkpoint.tensors)
        kinds[tensor.name] = tensor.kind;
    QCOMPARE(kinds, (std::map<std::string, TensorKind> { { "net._parameters.w", TensorKind::Parameter },
                        { "net._modules.0._parameters.weight", TensorKind::Parameter }, { "net._modules.0._buffers.mean", TensorKind::Buffer },
                        { "running_mean", TensorKind::Buffer }, { "x", TensorKind::Unknown }, { "p", TensorKind::Parameter } }));
    QVERIFY(!built->tensor("running_mean")->kindReason.empty());
    QCOMPARE(built->entry("net")->value, "net.Net"s);
    QVERIFY(built->checkpoint.calls.empty() && built->checkpoint.messages.empty());
}

void TestTensors::aTensorInTwoPlacesIsListedTwice()
{
    const auto built = buildFrom(dict({ text("a"), remember(plainTensor(), 0), text("b"), recall(0) }));
    QCOMPARE(built->names(), "a b"s);
    QCOMPARE(built->checkpoint.tensors[0].storage, built->checkpoint.tensors[1].storage);
    QVERIFY(built->checkpoint.tensors[0].entry != built->checkpoint.tensors[1].entry);
}

void TestTensors::eachStorageIsAskedForOnce()
{
    const auto built = buildFrom(list({ plainTensor("0"), plainTensor("0"), plainTensor("1"), plainTensor("missing"), plainTensor("missing") }));
    QCOMPARE(built->catalog.asked.size(), std::size_t(3));
    const StorageRequest& request = built->catalog.asked[0];
    QCOMPARE(request.className, "torch.FloatStorage"s);
    QCOMPARE(request.key, "0"s);
    QCOMPARE(request.device, "cpu"s);
    QCOMPARE(request.numel, 6);
    QVERIFY(request.dtype == Dtype::Float32 && !request.hasView);
}

void TestTensors::viewsOfALegacyStorageMoveTheOffset()
{
    const auto built = buildFrom(list({ tensor(storage("0", 6, "FloatStorage", "cpu", tuple({ text("1"), number(2), number(4) })), 1, { 3 }, { 1 }) }));
    QVERIFY(built->checkpoint.tensors[0].readable);
    QCOMPARE(built->checkpoint.tensors[0].storageOffset.value, 3);
    QCOMPARE(built->catalog.asked[0].viewKey, "1"s);
    QCOMPARE(built->catalog.asked[0].viewSize, 4);
}

void TestTensors::aStorageOfTwoDtypesKeepsItsFirst()
{
    const auto built = buildFrom(dict({ text("a"), plainTensor(), text("b"), tensor(storage("0", 24, "ByteStorage"), 0, { 24 }, { 1 }) }));
    QVERIFY(built->tensor("a")->editable);
    QVERIFY(!built->tensor("b")->editable);
    QVERIFY2(built->messages().find("storage '0' is used as uint8") != std::string::npos, built->messages().c_str());
}

void TestTensors::storagesWithoutTensorsAreKnown()
{
    const auto built = buildFrom(list({ storage("0", 6), storage("missing", 6) }));
    QVERIFY(built->done.has_value());
    QCOMPARE(show(built->checkpoint), ":list(0:other=storage 0: 6 x float32 1:other=a storage that cannot be read)"s);
    QCOMPARE(built->checkpoint.storages.size(), std::size_t(1));
    QVERIFY(built->messages().find("storage '1': its storage 'missing' is missing") != std::string::npos);
}

void TestTensors::persistentIdsThatAreNoStorageAreSaid()
{
    const auto built = buildFrom(dict({ text("x"), "Psecret\n" }));
    QVERIFY(built->done.has_value());
    QVERIFY2(built->messages().find("persistent id of its storage is a string") != std::string::npos, built->messages().c_str());
    QVERIFY(built->messages().find("secret") == std::string::npos);
}

void TestTensors::storageClassesOfTorchAlone_data()
{
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::string>("dtype"); // empty: none
    const auto row = [](const char* name, const char* dtype) { QTest::newRow(name) << std::string(name) << std::string(dtype); };
    row("torch.FloatStorage", "float32");
    row("torch.cuda.BFloat16Storage", "bfloat16");
    row("torch.ComplexDoubleStorage", "complex128");
    row("torch.QUInt8Storage", "quint8");
    row("torch.storage.UntypedStorage", "uint8");
    row("FloatStorage", "");
    row("os.FloatStorage", "");
    row("torch.os.FloatStorage", "");
    row("torch.Tensor", "");
    row("torch.", "");
    row("", "");
}

void TestTensors::storageClassesOfTorchAlone()
{
    QFETCH(std::string, name);
    const auto dtype = storageClassDtype(name);
    QTEST(dtype ? std::string(dtypeName(*dtype)) : std::string(), "dtype");
}

QTEST_GUILESS_MAIN(TestTensors)
#include "tst_tensors.moc"
