// SPDX-License-Identifier: GPL-3.0-or-later
// Frames of the offset map over 10,000 tensors and 25e9 elements, 1600 pixels wide, first with nothing to do in the background, then while
// the analysis runs, then with each lane alone. Prints median and 99th percentile of a frame (the input, the drawing, the painting) and the longest event of the GUI thread,
// by the clock and in processor time. --json prints it for bench_map.py.
#include <QApplication>
#include <QTimer>
#include <QWheelEvent>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <functional>
#include <future>
#include <random>
#include <string>

#include "base/pool.h"
#include "edit/appliedstep.h"
#include "stats/pyramid.h"
#include "support/memoryfile.h"
#include "widgets/maplanes.h"
#include "widgets/mapnumbers.h"
#include "widgets/mapplot.h"
#include "widgets/offsetmap.h"
#include "widgets/qcp.h"

using namespace ravel;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::int64_t tensorCount = 10'000, tensorNumel = 2'500'000;

// Of this thread: what a frame costs on a machine that has other things to do as well.
double cpuMilliseconds()
{
    timespec now {};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) * 1e-6;
}

double since(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

// 100 GB that are not there: a megabyte of normal numbers, again and again.
class PatternFile : public MemoryFile {
public:
    PatternFile()
        : MemoryFile({})
        , m_pattern(1 << 18)
    {
        std::mt19937 random(1);
        std::normal_distribution<float> normal(0, 0.02f);
        std::generate(m_pattern.begin(), m_pattern.end(), [&] { return normal(random); });
    }
    Result<> readAt(ByteOffset at, std::span<std::byte> out) override
    {
        const auto* bytes = reinterpret_cast<const std::byte*>(m_pattern.data());
        const std::size_t size = m_pattern.size() * sizeof(float);
        for (std::size_t done = 0; done < out.size();) {
            const std::size_t from = (static_cast<std::size_t>(at.value) + done) % size;
            const std::size_t n = std::min(out.size() - done, size - from);
            std::memcpy(out.data() + done, bytes + from, n);
            done += n;
        }
        return {};
    }

private:
    std::vector<float> m_pattern;
};

std::shared_ptr<const Checkpoint> synthetic()
{
    auto checkpoint = std::make_shared<Checkpoint>();
    checkpoint->path = checkpoint->container = "synthetic";
    SourceFile file;
    file.path = file.name = "synthetic";
    file.file = std::make_shared<PatternFile>();
    checkpoint->files.push_back(file);
    checkpoint->entries.resize(1 + tensorCount);
    checkpoint->entries[0].kind = EntryKind::Dict;
    checkpoint->entries[0].firstChild = 1;
    checkpoint->entries[0].childCount = tensorCount;
    const char* parts[] = { "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight", "self_attn.o_proj.weight",
        "mlp.gate_proj.weight", "mlp.up_proj.weight", "mlp.down_proj.weight", "input_layernorm.weight", "post_attention_layernorm.weight",
        "mlp.extra.bias" };
    for (std::int64_t i = 0; i < tensorCount; ++i) {
        const auto ordinal = static_cast<std::uint32_t>(i);
        const ByteOffset at(i * tensorNumel * 4);
        Record record;
        record.name = "data/" + std::to_string(i);
        record.offset = at;
        record.size = record.storedSize = ByteCount(tensorNumel * 4);
        checkpoint->records.push_back(record);
        Storage storage;
        storage.id = { 0, std::to_string(i) };
        storage.dtype = Dtype::Float32;
        storage.numel = Count(tensorNumel);
        storage.record = ordinal;
        storage.offset = at;
        checkpoint->storages.push_back(storage);
        Tensor tensor;
        tensor.name = "model.layers." + std::to_string(i / 10) + "." + parts[i % 10];
        tensor.entry = ordinal + 1;
        tensor.dtype = Dtype::Float32;
        tensor.shape = { 1000, 2500 };
        tensor.stride = { 2500, 1 };
        tensor.numel = Count(tensorNumel);
        tensor.storage = i % 50 == 49 ? ordinal - 1 : ordinal; // some are tied
        checkpoint->tensors.push_back(tensor);
        Entry& entry = checkpoint->entries[ordinal + 1];
        entry.kind = EntryKind::Tensor;
        entry.key = { PathKey::Kind::String, tensor.name };
        entry.parent = 0;
        entry.tensor = ordinal;
    }
    return checkpoint;
}

// Tells how long the longest event took.
class TimedApplication : public QApplication {
public:
    using QApplication::QApplication;
    bool notify(QObject* receiver, QEvent* event) override
    {
        if (m_depth > 0)
            return QApplication::notify(receiver, event);
        ++m_depth;
        const std::string name = receiver->metaObject()->className() + std::string(" ") + std::to_string(static_cast<int>(event->type()));
        const auto start = Clock::now();
        const double cpu = cpuMilliseconds();
        const bool handled = QApplication::notify(receiver, event);
        events.push_back(since(start));
        eventCpu.push_back(cpuMilliseconds() - cpu);
        if (events.back() > longest) {
            longest = events.back();
            longestName = name;
        }
        --m_depth;
        return handled;
    }
    void clear()
    {
        events.clear();
        eventCpu.clear();
        longest = 0;
    }
    std::vector<double> events, eventCpu;
    double longest = 0;
    std::string longestName; // the receiver's class and the number of the event's QEvent::Type

private:
    int m_depth = 0;
};

double quantile(std::vector<double> values, double q)
{
    if (values.empty())
        return 0;
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

// A pointer that zooms in over a random place to single elements and out again, and pans in between.
class Driver {
public:
    Driver(TimedApplication& app, OffsetMap& map, bool json)
        : m_app(app)
        , m_map(map)
        , m_json(json)
        , m_plot(map.findChild<QCustomPlot*>())
    {
        QObject::connect(m_plot, &QCustomPlot::afterReplot, m_plot, [this] { m_drawn = true; });
    }

    void run(const char* what, int frames)
    {
        m_app.clear();
        m_times.clear();
        m_cpu.clear();
        for (int i = 0; i < frames; ++i)
            frame(i);
        const auto& events = m_app.events;
        const auto& eventCpu = m_app.eventCpu;
        if (m_json) {
            std::printf("%s{\"what\": \"%s\", \"frames\": %zu, \"frame\": %.3f, \"frame99\": %.3f, \"frameCpu\": %.3f, \"event\": %.3f, \"eventCpu\": %.3f}",
                m_phases++ ? ", " : "{\"phases\": [", what, m_times.size(), quantile(m_times, 0.5), quantile(m_times, 0.99), quantile(m_cpu, 0.5),
                quantile(events, 1), quantile(eventCpu, 1));
            return;
        }
        const auto print = [](const char* clock, const std::vector<double>& ofFrames, const std::vector<double>& ofEvents) {
            std::printf("  %s frame median %5.2f ms, p99 %5.2f ms, worst %5.2f ms; longest event %5.2f ms, p99.9 %5.2f ms\n", clock,
                quantile(ofFrames, 0.5), quantile(ofFrames, 0.99), quantile(ofFrames, 1), quantile(ofEvents, 1), quantile(ofEvents, 0.999));
        };
        std::printf("%s: %zu frames\n", what, m_times.size());
        print("wall", m_times, events);
        print("cpu ", m_cpu, eventCpu);
        std::printf("  the longest event: %s\n", m_app.longestName.c_str());
        std::fflush(stdout);
    }

private:
    void frame(int i)
    {
        constexpr int leg = 64; // wheel notches from the whole vector to single elements
        if (i % leg == 0)
            m_x = 150 + static_cast<double>(m_random() % 1400);
        const bool inwards = i / leg % 2 == 0;
        const QPointF where(m_x, m_map.findChild<MapPlot*>()->lanes().center().y() + 1);
        QWheelEvent wheel(where, m_map.mapToGlobal(where), {}, i % 4 == 3 ? QPoint(40, 0) : QPoint(0, inwards ? 120 : -120), {}, {},
            Qt::NoScrollPhase, false);
        QCoreApplication::processEvents(); // what is left of the frame before
        const FlatRange before = m_map.visibleRange();
        const auto start = Clock::now();
        const double cpu = cpuMilliseconds();
        m_drawn = false;
        QCoreApplication::sendEvent(&m_map, &wheel);
        if (m_map.visibleRange() == before)
            return; // at an end: nothing moves
        while (!m_drawn)
            QCoreApplication::processEvents();
        QCoreApplication::processEvents(); // the painting
        m_times.push_back(since(start));
        m_cpu.push_back(cpuMilliseconds() - cpu);
    }

    TimedApplication& m_app;
    OffsetMap& m_map;
    bool m_json;
    int m_phases = 0;
    QCustomPlot* m_plot;
    std::mt19937 m_random { 5 };
    std::vector<double> m_times, m_cpu;
    double m_x = 800;
    bool m_drawn = false;
};


// Marks of every kind, spread over the vector.
std::vector<MapAnomaly> someAnomalies(Count numel)
{
    constexpr std::int64_t count = 2000;
    std::vector<MapAnomaly> anomalies;
    for (std::int64_t i = 0; i < count; ++i) {
        const FlatIndex at(numel.value / count * i);
        anomalies.push_back({ { at, at + Count(i % 5 == 0 ? tensorNumel : 1) }, static_cast<MapAnomaly::Kind>(i % MapAnomaly::kinds), {} });
    }
    return anomalies;
}

// What the lanes of edits and of the difference have to draw: steps over a tenth of the tensors; numbers of a second checkpoint (they cost the same to
// draw, whatever they are), which lacks a hundred tensors.
void editAndCompare(OffsetMap& map, const std::shared_ptr<const FlatLayout>& layout, const std::shared_ptr<Pyramid>& pyramid, EditedVector edited)
{
    const EditedVector other = edited;
    for (const char* names : { "*.7.*", "model.layers.*.mlp.extra.bias" }) {
        Step step;
        step.operation = Operation::Multiply;
        step.select = { { names, false } };
        step.value = Number::ofReal(0.5);
        if (auto bound = bindStep(step, *layout, edited, ".", Job()))
            edited = edited.with(*bound);
        else
            std::fprintf(stderr, "%s\n", bound.error().message.c_str());
    }
    map.setEdited(edited);
    std::vector<FlatRange> absent;
    for (std::int64_t i = 0; i < 100; ++i)
        absent.push_back({ FlatIndex(i * 100 * tensorNumel), FlatIndex((i * 100 + 1) * tensorNumel) });
    map.setDifference(MapNumbers { layout, pyramid, other, absent, QStringLiteral("A−B") });
}

// Each lane alone, and all of them.
void runLanes(Driver& driver, OffsetMap& map, Count numel)
{
    map.setAnomalies(someAnomalies(numel), {});
    const auto show = [&map](const std::function<bool(const QString&)>& wanted) {
        for (const MapLanes::Entry& entry : map.lanes().all())
            entry.action->setChecked(wanted(entry.id));
    };
    for (const MapLanes::Entry& entry : map.lanes().all()) {
        // The wheel does nothing over the overview: beside it the offsets are shown.
        show([&](const QString& id) { return id == entry.id || (entry.id == QStringLiteral("overview") && id == QStringLiteral("offset")); });
        driver.run(("lane " + entry.id.toStdString()).c_str(), 192);
    }
    show([](const QString&) { return true; });
    driver.run("all lanes", 640);
}

} // namespace

int main(int argc, char** argv)
{
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM"))
        qputenv("QT_QPA_PLATFORM", "offscreen");
    letPoolsGiveWay();
    TimedApplication app(argc, argv);
    const auto checkpoint = synthetic();
    LayoutSpec whole;
    whole.scope = "";
    whole.aliases = Aliases::Repeat;
    const auto layout = FlatLayout::make(checkpoint, whole);
    if (!layout) {
        std::fprintf(stderr, "%s\n", layout.error().message.c_str());
        return 1;
    }
    const EditedVector edited(checkpoint);
    const auto pyramid = std::make_shared<Pyramid>(*layout);
    SelectionModel selection;
    OffsetMap map;
    map.resize(1600, 600);
    map.show();
    const auto opened = Clock::now();
    map.setDocument(*layout, pyramid, edited, &selection);
    const bool json = app.arguments().contains(QStringLiteral("--json"));
    if (!json)
        std::printf("%lld tensors, %lld elements; shown after %.2f ms\n", static_cast<long long>(tensorCount),
            static_cast<long long>((*layout)->numel().value), since(opened));

    Driver driver(app, map, json);
    driver.run("nothing analysed yet", 640);
    const Job job;
    std::promise<void> ended;
    computePool().post([&] { // as the window does it
        (void)pyramid->build(edited, job);
        ended.set_value();
    });
    QTimer refresh;
    std::uint64_t told = 0;
    QObject::connect(&refresh, &QTimer::timeout, &map, [&] {
        if (const auto now = pyramid->revision(); now != told) {
            told = now;
            map.refresh();
        }
    });
    refresh.start(100);
    driver.run("while the analysis runs", 1280);
    while (pyramid->knownBlocks() < pyramid->blockCount() && app.arguments().contains(QStringLiteral("--whole")))
        QCoreApplication::processEvents(QEventLoop::AllEvents, 50);
    job.cancel();
    ended.get_future().wait();
    if (!json)
        std::printf("analysed %.1f %%\n", 100.0 * static_cast<double>(pyramid->knownBlocks()) / static_cast<double>(pyramid->blockCount()));
    driver.run("analysis over", 640);
    editAndCompare(map, *layout, pyramid, edited);
    runLanes(driver, map, (*layout)->numel());
    if (json)
        std::printf("]}\n");
    return 0;
}
