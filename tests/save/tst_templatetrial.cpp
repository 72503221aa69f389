// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTest>

#include "checkpoint/npy.h"
#include "save/templatetrial.h"
#include "support/messageform.h"
#include "vectorfixture.h"

#include <set>

using namespace ravel;

namespace {

using Fault = TemplateFault;
using Verdict = TrialVerdict;
using Places = std::vector<std::int64_t>;

// Two layers, a tied one and a turned one, a counter, and what is awkward.
std::shared_ptr<const Checkpoint> model()
{
    std::vector<float> weights, wholes { 1, 2, 1, 0 };
    for (int i = 0; i < 12; ++i)
        weights.push_back(0.1f * static_cast<float>(i));
    return fixtureCheckpoint(
        { storageOf(Dtype::Float32, weights), storageOf(Dtype::Float32, wholes), storageOf(Dtype::Int64, std::vector<std::int64_t> { 5000 }),
            storageOf(Dtype::QInt8, std::vector<std::int8_t> { 1, 2, 3 }), storageOf(Dtype::Bool, std::vector<std::uint8_t> { 1, 0 }) },
        { { "fc.weight", 0, { 3, 4 } }, { "fc.bias", 1, { 4 } }, { "step", 2, {} }, { "none", 1, { 0, 4 } }, { "quantised", 3, { 3 } },
            { "tied", 0, { 3, 4 } }, { "turned", 0, { 4, 3 }, { 1, 4 } }, { "rows", 1, { 2, 4 }, { 0, 1 } }, { "mask", 4, { 2 } },
            { "re:odd[*]?", 1, { 2, 2 } } });
}

std::string all(const Checkpoint& checkpoint)
{
    std::string bytes;
    for (StorageOrdinal s = 0; s < checkpoint.storages.size(); ++s) {
        std::string part(static_cast<std::size_t>(checkpoint.storages[s].numel.value * dtypeSize(checkpoint.storages[s].dtype)), '\0');
        [&] { QVERIFY(checkpoint.read(s, StorageIndex(0), checkpoint.storages[s].numel, reinterpret_cast<std::byte*>(part.data()))); }();
        bytes += part;
    }
    return bytes;
}

struct Row {
    Fault fault;
    Verdict verdict;
    const char *change, *words; // parts of them
};
const Row rows[] = {
    { Fault::None, Verdict::Right, "", "what was fc.weight[1, 2] stands there again" },
    { Fault::VectorLength, Verdict::Refused, "the vector: 16 numbers became 15", "the vector has 15 numbers, the layout needs 16" },
    { Fault::TotalNumel, Verdict::Refused, "\"numel\": 16 became 17", "'numel' is 17, the segments have 16 elements" },
    { Fault::ShapeProduct, Verdict::Refused, "\"shape\" of fc.weight: [3, 4] became [3, 5]", "segment 0: 'numel' is 12, the shape has 15 elements" },
    { Fault::StrideCount, Verdict::Refused, "\"stride\" of fc.weight: [4, 1] became [4, 1, 1]", "'stride' has 3 dimensions and 'shape' has 2" },
    { Fault::Overlap, Verdict::Refused, "\"offset\" of fc.bias: 12 became 11", "'fc.bias': 'offset' is 11, the segments before it end at 12" },
    { Fault::Gap, Verdict::Refused, "\"offset\" of fc.bias: 12 became 13", "'fc.bias': 'offset' is 13, the segments before it end at 12" },
    { Fault::NotJson, Verdict::Refused, "the last brace", "template is not JSON" },
    { Fault::MissingKey, Verdict::Refused, "\"shape\" of fc.weight was left out", "segment 0: 'shape' is missing" },
    { Fault::UnknownKey, Verdict::Refused, "\"strides\" of fc.weight was added", "'strides'" },
    { Fault::UnknownDtype, Verdict::Refused, "\"float32\" became \"float31\"", "'dtype' is 'float31', which is no dtype" },
    { Fault::SameNameTwice, Verdict::Refused, "\"fc.bias\" became \"fc.weight\"", "segment 'fc.weight': 'name' stands twice" },
    { Fault::WrongAlias, Verdict::Refused, "\"alias_of\" of fc.weight: null became \"fc.weight_old\"", "'alias_of' names no earlier segment" },
    { Fault::MissingTensor, Verdict::Refused, "became \"fc.weight_old\"", "has no tensor 'fc.weight_old', which the template names" },
    { Fault::LeftOutTensor, Verdict::Refused, "fc.weight was left out", "has the tensor 'fc.weight', which the template does not name" },
    { Fault::OtherShape, Verdict::Refused, "[3, 4] became [4, 3]", "fc.weight has the shape (3, 4), the template says (4, 3)" },
    { Fault::TiedDiffer, Verdict::Refused, "with aliases repeated, the vector gives fc.weight[1, 2] = 0.6 and tied[1, 2] = 1",
        "fc.weight[1, 2] and tied[1, 2] are one stored element, and are given different numbers" },
    { Fault::NarrowDtype, Verdict::Losses, "\"float32\" became \"float16\"", "fc.weight[1, 2] = 0.6 became 0.60009765625 (float16); 9 of 12 numbers became others" },
    { Fault::SwappedDims, Verdict::SilentlyWrong, "[3, 4] became [4, 3]", "what was fc.weight[1, 2] stands at fc.weight[2, 0] now" },
    { Fault::SwappedOrder, Verdict::SilentlyWrong, "fc.bias was put before fc.weight", "what was fc.weight[1, 2] stands at fc.weight[0, 2] now" },
};

} // namespace

class TestTemplateTrial : public QObject, VectorFixture {
    Q_OBJECT

    static TemplateTrial trial(const FlatLayout& layout, const char* name, const Places& at, Fault fault)
    {
        const auto tensor = layout.tensorNamed(name);
        if (!tensor)
            qFatal("no %s", name);
        const auto answer = tryTemplate(layout, EditedVector(layout.checkpointPtr()), *tensor, at, fault, {});
        if (!answer)
            qFatal("%s", answer.error().message.c_str());
        return *answer;
    }
    static bool holds(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

    // The numbers of a layout as a template's reader and writer get them, and what a tensor of a file holds at a place.
    static float at(const EditedVector& vector, const char* name, const Places& coordinates)
    {
        for (const Tensor& tensor : vector.checkpoint().tensors)
            if (tensor.name == name) {
                float number = -1;
                [&] { QVERIFY(vector.read(tensor.storage, toStorageIndex(tensor, coordinates), Count(1), reinterpret_cast<std::byte*>(&number))); }();
                return number;
            }
        return -1;
    }
    using VectorFixture::at;

private Q_SLOTS:
    void init() { makeDirectory(); }

    void eachFaultHasItsVerdictInTheProgramsWords_data()
    {
        QTest::addColumn<int>("row");
        for (std::size_t i = 0; i < std::size(rows); ++i)
            QTest::addRow("%d", int(rows[i].fault)) << int(i);
    }
    void eachFaultHasItsVerdictInTheProgramsWords()
    {
        QFETCH(int, row);
        const Row& expected = rows[row];
        const TemplateTrial tried = trial(*layoutOf(model()), "fc.weight", { 1, 2 }, expected.fault);
        QVERIFY2(tried.possible, tried.words.c_str());
        QVERIFY2(holds(tried.change, expected.change), tried.change.c_str());
        QVERIFY2(holds(tried.words, expected.words), tried.words.c_str());
        QCOMPARE(int(tried.verdict), int(expected.verdict));
        QCOMPARE(int(tried.fault), int(expected.fault));
    }

    void aLessonShowsEachOnce()
    {
        const std::vector<Fault> faults = allTemplateFaults();
        QCOMPARE(faults.size(), std::size(rows));
        QCOMPARE(std::set(faults.begin(), faults.end()).size(), faults.size());
        QCOMPARE(int(faults.front()), int(Fault::None));
    }

    void eachTensorShowsEachFaultOrSaysWhyNot_data()
    {
        QTest::addColumn<int>("order");
        QTest::addColumn<bool>("repeat");
        for (const Order order : { Order::Checkpoint, Order::Sorted, Order::File, Order::Parameters })
            for (const bool repeat : { false, true })
                QTest::addRow("%s %s", std::string(orderName(order)).c_str(), repeat ? "repeat" : "once") << int(order) << repeat;
    }
    void eachTensorShowsEachFaultOrSaysWhyNot()
    {
        QFETCH(int, order);
        QFETCH(bool, repeat);
        const auto checkpoint = model();
        const std::string before = all(*checkpoint);
        LayoutSpec spec;
        spec.order = static_cast<Order>(order);
        spec.aliases = repeat ? Aliases::Repeat : Aliases::Once;
        const auto layout = layoutOf(checkpoint, spec);
        for (const Tensor& tensor : checkpoint->tensors)
            for (const Fault fault : allTemplateFaults()) {
                const Places at(tensor.shape.size(), 1);
                const TemplateTrial tried = trial(*layout, tensor.name.c_str(), at, fault);
                const std::string where = tensor.name + ' ' + std::to_string(int(fault)) + ": " + tried.change + " -> " + tried.words;
                QVERIFY2(!tried.words.empty() && isPrintable(tried.words) && isPrintable(tried.change), where.c_str());
                if (!tried.possible) {
                    QVERIFY2(fault != Fault::None || !layout->segmentOf(*layout->tensorNamed(tensor.name)), where.c_str());
                    continue;
                }
                QVERIFY2(tried.change.empty() == (fault == Fault::None), where.c_str());
                // Nothing but the right template goes through unnoticed.
                QVERIFY2((tried.verdict == Verdict::Right) == (fault == Fault::None), where.c_str());
                if (tried.verdict == Verdict::Refused)
                    QVERIFY2(messageFlaw(tried.words).empty(), where.c_str());
            }
        QVERIFY(all(*checkpoint) == before);
    }

    void whatCannotBeShownSaysWhy_data()
    {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<int>("fault");
        QTest::addColumn<QByteArray>("why");
        const auto row = [](const char* title, const char* name, Fault fault, const char* why) {
            QTest::newRow(title) << QByteArray(name) << int(fault) << QByteArray(why);
        };
        row("no dimensions to be wrong", "step", Fault::ShapeProduct, "step has no dimensions");
        row("no dimensions to exchange", "step", Fault::SwappedDims, "step has the shape ()");
        row("one dimension", "fc.bias", Fault::SwappedDims, "fc.bias has the shape (4,)");
        row("shares nothing", "step", Fault::TiedDiffer, "step shares this element with no other place");
        row("quantised", "quantised", Fault::TiedDiffer, "quantised cannot be edited");
        row("no narrower dtype", "mask", Fault::NarrowDtype, "mask is bool: no dtype is narrower");
        row("whole numbers fit", "fc.bias", Fault::NarrowDtype, "fit into every narrower dtype");
        row("no numbers", "none", Fault::SwappedOrder, "none holds no numbers");
        row("no numbers to narrow", "none", Fault::NarrowDtype, "none holds no numbers");
        row("an alias has no place", "tied", Fault::SwappedDims, "tied repeats fc.weight");
    }
    void whatCannotBeShownSaysWhy()
    {
        QFETCH(QByteArray, name);
        QFETCH(int, fault);
        QFETCH(QByteArray, why);
        const TemplateTrial tried = trial(*layoutOf(model()), name.constData(), {}, static_cast<Fault>(fault));
        QVERIFY2(!tried.possible, tried.words.c_str());
        QVERIFY2(holds(tried.words, why.constData()), tried.words.c_str());
    }

    void awkwardTensorsStillShowWhatTheyCan()
    {
        const auto layout = layoutOf(model());
        // Without dimensions another shape has one; an alias is told by what it repeats; a number may not fit at all.
        const TemplateTrial number = trial(*layout, "step", {}, Fault::OtherShape);
        QVERIFY2(holds(number.words, "step has the shape (), the template says (1,)"), number.words.c_str());
        const TemplateTrial turned = trial(*layout, "turned", { 2, 1 }, Fault::None);
        QVERIFY2(holds(turned.words, "what was fc.weight[1, 2] stands there"), turned.words.c_str());
        const TemplateTrial before = trial(*layout, "tied", { 0, 0 }, Fault::SwappedOrder);
        QVERIFY2(before.verdict == Verdict::Refused && holds(before.words, "'alias_of' names no earlier"), before.words.c_str());
        const TemplateTrial large = trial(*layout, "step", {}, Fault::NarrowDtype);
        QVERIFY2(large.possible, large.words.c_str());
        const TemplateTrial repeated = trial(*layout, "rows", { 1, 3 }, Fault::TiedDiffer);
        QVERIFY2(holds(repeated.words, "rows[0, 3] and rows[1, 3]") || holds(repeated.words, "rows[1, 3] and rows[0, 3]"), repeated.words.c_str());
        const TemplateTrial windows = trial(*layout, "turned", { 3, 0 }, Fault::TiedDiffer);
        QVERIFY2(holds(windows.words, "turned[3, 0]") && holds(windows.words, "fc.weight[0, 3]"), windows.words.c_str());
        // The first element stands first in either shape: another one shows that they differ.
        const TemplateTrial first = trial(*layout, "fc.weight", { 0, 0 }, Fault::SwappedDims);
        QVERIFY2(first.verdict == Verdict::SilentlyWrong && !holds(first.words, "what was fc.weight[0, 0]"), first.words.c_str());
        // Coordinates that are none are those of the first element.
        const TemplateTrial outside = trial(*layout, "fc.weight", { 3, 0 }, Fault::None);
        QVERIFY2(holds(outside.words, "fc.weight[0, 0]"), outside.words.c_str());
    }

    void aTensorAloneHasNoNeighbour()
    {
        const auto layout = layoutOf(fixtureCheckpoint({ countingStorage(Dtype::Float32, 6) }, { { "w", 0, { 2, 3 } } }));
        for (const Fault fault : { Fault::Overlap, Fault::SwappedOrder }) {
            const TemplateTrial tried = trial(*layout, "w", { 1, 1 }, fault);
            QVERIFY2(!tried.possible && holds(tried.words, "no other tensor"), tried.words.c_str());
        }
        QVERIFY(holds(trial(*layout, "w", { 1, 1 }, Fault::Gap).words, "'offset' is 1, the segments before it end at 0"));
        QVERIFY(holds(trial(*layout, "w", { 1, 1 }, Fault::SameNameTwice).words, "'name' stands twice"));
        QVERIFY(holds(trial(*layout, "w", { 1, 1 }, Fault::LeftOutTensor).words, "has the tensor 'w'"));
    }

    void theTensorOfAnArrayFileHasNoName()
    {
        Bytes npy = makeNpyHeader(Dtype::Float32, std::vector<std::int64_t> { 2, 3 });
        const Bytes data = countingStorage(Dtype::Float32, 6).bytes;
        npy.insert(npy.end(), data.begin(), data.end());
        writeBytes(at("a.npy"), npy);
        const auto checkpoint = openCheckpoint(at("a.npy"));
        QVERIFY(checkpoint);
        const auto layout = layoutOf(*checkpoint);
        QCOMPARE((*checkpoint)->tensors[0].name, std::string());
        QVERIFY(holds(trial(*layout, "", { 1, 1 }, Fault::Overlap).words, "nothing that the tensor could overlap"));
        QVERIFY(holds(trial(*layout, "", { 1, 1 }, Fault::ShapeProduct).change, "\"shape\" of the tensor: [2, 3] became [2, 4]"));
        QVERIFY(holds(trial(*layout, "", { 1, 1 }, Fault::SwappedDims).words, "what was [1, 1] stands at [2, 0] now"));
        QVERIFY(holds(trial(*layout, "", { 1, 1 }, Fault::LeftOutTensor).words, "which the template does not name"));
    }

    void whatIsNotInTheLayoutSaysSo()
    {
        LayoutSpec spec;
        spec.only = { "fc.*" };
        const auto layout = layoutOf(model(), spec);
        for (const Fault fault : allTemplateFaults()) {
            const TemplateTrial tried = trial(*layout, "step", {}, fault);
            QVERIFY(!tried.possible && holds(tried.words, "step is not in the layout"));
        }
        const auto nobody = tryTemplate(*layout, EditedVector(layout->checkpointPtr()), 99, {}, Fault::None, {});
        QVERIFY(!nobody && nobody.error().code == ErrorCode::Usage);
        const Job job;
        job.cancel();
        const auto cancelled = tryTemplate(*layout, EditedVector(layout->checkpointPtr()), 0, {}, Fault::None, job);
        QVERIFY(!cancelled && cancelled.error().code == ErrorCode::Cancelled);
    }

    // What the words say of a template that goes through is what a file then holds.
    void aFreshFileHasTheNumberWhereTheWordsSay()
    {
        const auto checkpoint = model();
        LayoutSpec spec;
        spec.only = { "fc.*" };
        const auto layout = layoutOf(checkpoint, spec);
        const EditedVector vector(checkpoint);
        Template swapped = makeTemplate(*layout);
        std::swap(swapped.segments[0].shape[0], swapped.segments[0].shape[1]);
        swapped.segments[0].stride = { 3, 1 };
        const auto numbers = flattened(*layout, vector);
        QVERIFY(writeSafetensors(systemIo(), swapped, *numbers, at("fresh.safetensors"), false, {}));
        const auto fresh = openCheckpoint(at("fresh.safetensors"));
        QVERIFY(fresh);
        QVERIFY(holds(trial(*layout, "fc.weight", { 1, 2 }, Fault::SwappedDims).words, "fc.weight[1, 2] stands at fc.weight[2, 0]"));
        QCOMPARE(at(EditedVector(*fresh), "fc.weight", { 2, 0 }), at(vector, "fc.weight", { 1, 2 }));

        Template reordered = makeTemplate(*layout);
        std::swap(reordered.segments[0], reordered.segments[1]);
        reordered.segments[0].offset = FlatIndex(0);
        reordered.segments[1].offset = FlatIndex(4);
        const auto other = layoutLike(checkpoint, reordered);
        QVERIFY2(other, other ? "" : other.error().message.c_str());
        const auto unflattened = unflatten(**other, vector, numbers, {});
        QVERIFY(unflattened);
        const EditedVector wrong = vector.with(unflattened->step);
        QVERIFY(holds(trial(*layout, "fc.weight", { 1, 2 }, Fault::SwappedOrder).words, "fc.weight[1, 2] stands at fc.weight[0, 2]"));
        QCOMPARE(at(wrong, "fc.weight", { 0, 2 }), at(vector, "fc.weight", { 1, 2 }));
        QVERIFY(holds(trial(*layout, "fc.bias", { 3 }, Fault::SwappedOrder).words, "fc.bias[3] stands at fc.weight[2, 3]"));
        QCOMPARE(at(wrong, "fc.weight", { 2, 3 }), at(vector, "fc.bias", { 3 }));
    }

    // Edits count: it is the vector in view that is flattened.
    void lossesAreThoseOfTheEditedNumbers()
    {
        const auto layout = layoutOf(model());
        Step step;
        step.select = { { "fc.bias[3]", false } };
        step.value = Number::ofReal(0.3);
        const EditedVector vector(layout->checkpointPtr());
        const auto bound = bindStep(step, *layout, vector, {}, {});
        QVERIFY(bound);
        const auto tried = tryTemplate(*layout, vector.with(*bound), *layout->tensorNamed("fc.bias"), { 3 }, Fault::NarrowDtype, {});
        QVERIFY(tried && tried->verdict == Verdict::Losses);
        QVERIFY2(holds(tried->words, "fc.bias[3] = 0.3") && holds(tried->words, "1 of 4 numbers became another"), tried->words.c_str());
    }
};

QTEST_GUILESS_MAIN(TestTemplateTrial)
#include "tst_templatetrial.moc"
