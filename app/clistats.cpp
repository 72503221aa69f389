// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "app/clioptions.h"
#include "base/text.h"
#include "edit/editedvector.h"
#include "layout/slicesyntax.h"
#include "stats/measure.h"

#include <CLI/CLI.hpp>
#include <cmath>
#include <limits>

namespace ravel {

namespace {

struct Options {
    std::string file;
    LayoutOptions layout;
    SelectOptions select;
    int bins = 256;
    CLI::Option* binsOption = nullptr;
    double low = 0, high = 0;
    CLI::Option* lowOption = nullptr;
    CLI::Option* highOption = nullptr;
    bool log = false, json = false;
};

constexpr int tableBins = 24; // of a histogram for people who did not say how many

struct Measured {
    Measurement measurement;
    std::string selection;
};

Result<Measured> measureFile(const Options& options, bool onlyHistogram)
{
    const Job job = commandJob("measuring");
    RAVEL_ASSIGN(const Opened opened, openLaidOut(options.file, options.layout, job));
    RAVEL_ASSIGN(const Selection selection, options.select.resolve(*opened.layout));
    MeasureOptions measureOptions;
    measureOptions.bins = options.json || options.binsOption->count() > 0 ? options.bins : tableBins;
    if (options.lowOption && options.lowOption->count() > 0)
        measureOptions.low = options.low;
    if (options.highOption && options.highOption->count() > 0)
        measureOptions.high = options.high;
    if (options.log)
        measureOptions.scale = BinScale::Log;
    measureOptions.quantiles = measureOptions.exactQuantiles = measureOptions.higher = !onlyHistogram;
    Measured measured;
    RAVEL_ASSIGN(measured.measurement, measure(EditedVector(opened.checkpoint), selection, measureOptions, job));
    measured.selection = selectionText(*opened.layout, selection);
    return measured;
}

Json histogramJson(const Histogram& histogram)
{
    Json json = { { "low", numberJson(histogram.spec.low) }, { "high", numberJson(histogram.spec.high) },
        { "counts", histogram.counts }, { "below", histogram.below }, { "above", histogram.above } };
    if (histogram.spec.scale == BinScale::Log)
        json["scale"] = "log";
    return json;
}

// Of the statistics: quantiles have a table of their own.
bool isQuantile(const Statistic& statistic) { return statistic.key.starts_with('q'); }

Json statsJson(const Measurement& m)
{
    Json json = Json::object(), quantiles = Json::object();
    for (const Statistic& statistic : statisticsOf(m)) {
        if (statistic.counted)
            json[statistic.key] = statistic.count;
        else if (isQuantile(statistic))
            quantiles[statistic.key.substr(1)] = numberJson(statistic.value);
        else
            json[statistic.key] = numberJson(statistic.value);
    }
    json["quantiles"] = quantiles;
    json["exact"] = m.exact;
    json["histogram"] = histogramJson(m.histogram);
    return json;
}

std::string histogramText(const Histogram& histogram)
{
    constexpr std::int64_t barWidth = 40;
    std::int64_t most = 1;
    for (const std::int64_t n : histogram.counts)
        most = std::max(most, n);
    Table table({ { "from" }, { "to" }, { "count" }, { "", true } });
    for (std::size_t i = 0; i < histogram.counts.size(); ++i) {
        const double share = static_cast<double>(histogram.counts[i]) / static_cast<double>(most);
        const auto length = static_cast<std::size_t>(std::ceil(share * barWidth));
        table.add({ numberText(histogram.spec.edge(static_cast<int>(i))), numberText(histogram.spec.edge(static_cast<int>(i) + 1)),
            grouped(histogram.counts[i]), std::string(length, '#') });
    }
    std::string text = table.text();
    if (histogram.below > 0)
        text += grouped(histogram.below) + " below\n";
    if (histogram.above > 0)
        text += grouped(histogram.above) + " above\n";
    if (histogram.nan > 0)
        text += grouped(histogram.nan) + " NaN\n";
    return text;
}

std::string statsText(const Measured& measured)
{
    const Measurement& m = measured.measurement;
    const auto textOf = [](const Statistic& s) { return s.counted ? grouped(s.count) : std::isnan(s.value) ? std::string("none") : numberText(s.value); };
    std::vector<std::pair<std::string, std::string>> facts { { "selection", measured.selection } };
    Table quantiles({ { "quantile", true }, { "value" } });
    const bool any = m.summary.finite() > 0;
    for (const Statistic& statistic : statisticsOf(m)) {
        if (!isQuantile(statistic))
            facts.emplace_back(statistic.key, textOf(statistic));
        else if (any)
            quantiles.add({ statistic.key.substr(1), textOf(statistic) });
    }
    std::string text = factsText(facts);
    if (!quantiles.empty())
        text += '\n' + quantiles.text();
    return any ? text + '\n' + histogramText(m.histogram) : text;
}

void addShared(CLI::App& command, Options& options)
{
    command.add_option("FILE", options.file, "A checkpoint")->required();
    command.add_flag("--json", options.json, "As JSON");
    options.binsOption = command.add_option("--bins", options.bins, "Bins of the histogram (default: 256, in a table 24)")
                             ->type_name("N")->check(CLI::Range(1, 1'000'000))->type_name("N");
    options.select.addTo(command);
    options.layout.addTo(command);
}

} // namespace

void addStatsCommands(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* stats = app.add_subcommand("stats", "Count, mean, std, skew, kurtosis, norms, quantiles, histogram of a selection");
    addShared(*stats, *options);
    stats->footer("NaN and infinities are counted and left out of the rest; a complex number counts as two. std has n - 1; skew and kurtosis are\nthose of the moments, 0 for the normal distribution; l1, l2 and max_abs are norms.\n\n"
                  "Example:\n  ravel stats net.pt\n  ravel stats net.pt --tensor 'encoder.*' --json");
    stats->callback([options, &action] {
        action = [options]() -> Result<Outcome> {
            RAVEL_ASSIGN(const Measured measured, measureFile(*options, false));
            return Outcome { options->json ? jsonText(statsJson(measured.measurement)) : statsText(measured) };
        };
    });

    options = std::make_shared<Options>();
    CLI::App* hist = app.add_subcommand("hist", "The histogram of a selection, with any bins and any range");
    addShared(*hist, *options);
    options->lowOption = hist->add_option("--low", options->low, "Lower end (default: the minimum)")->type_name("X");
    options->highOption = hist->add_option("--high", options->high, "Upper end, in the last bin (default: the maximum)")->type_name("Y");
    hist->add_flag("--log", options->log, "Bins of equal width in the logarithm; --low is above 0");
    hist->footer("Example:\n  ravel hist net.pt --tensor fc.weight --bins 10 --low -1 --high 1");
    hist->callback([options, &action] {
        action = [options]() -> Result<Outcome> {
            const bool both = options->lowOption->count() > 0 && options->highOption->count() > 0;
            if (!std::isfinite(options->low) || !std::isfinite(options->high) || (both && options->low > options->high))
                return fail(ErrorCode::Usage, "--low and --high are finite numbers, --low the smaller one");
            if (options->log && (options->lowOption->count() == 0 || options->low <= 0))
                return fail(ErrorCode::Usage, "--log needs a --low above 0");
            RAVEL_ASSIGN(const Measured measured, measureFile(*options, true));
            const Histogram& histogram = measured.measurement.histogram;
            return Outcome { options->json ? jsonText(histogramJson(histogram)) : histogramText(histogram) };
        };
    });
}

} // namespace ravel
