// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "app/clioptions.h"
#include "base/text.h"
#include "stats/anomaly.h"

#include <CLI/CLI.hpp>

namespace ravel {

namespace {

struct Options {
    std::string file;
    LayoutOptions layout;
    bool json = false;
};

Json anomalyJson(const FlatLayout& layout, const Anomaly& anomaly)
{
    Json ranges = Json::array(), others = Json::array();
    for (const FlatRange range : anomaly.ranges)
        ranges.push_back({ range.begin.value, range.end.value });
    for (const TensorOrdinal other : anomaly.others)
        others.push_back(escapedWhole(layout.nameOf(other)));
    return { { "kind", anomalyKindName(anomaly.kind) }, { "severity", severityName(anomaly.severity) },
        { "tensor", escapedWhole(layout.nameOf(anomaly.tensor)) }, { "place", anomalyPlace(layout, anomaly) }, { "what", anomalyText(layout, anomaly) },
        { "elements", anomaly.elements }, { "ranges", ranges }, { "complete", anomaly.complete }, { "others", others }, { "others_in_all", anomaly.othersInAll } };
}

std::string anomaliesText(const FlatLayout& layout, const std::vector<Anomaly>& anomalies)
{
    if (anomalies.empty())
        return "no anomalies\n";
    Table table({ { "severity", true }, { "kind", true }, { "place", true }, { "what", true } });
    for (const Anomaly& anomaly : anomalies)
        table.add({ std::string(severityName(anomaly.severity)), std::string(anomalyKindName(anomaly.kind)), anomalyPlace(layout, anomaly),
            anomalyText(layout, anomaly) });
    return table.text();
}

} // namespace

void addAnomaliesCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("anomalies", "NaN, infinities, dead rows, outliers, duplicates, tensors unlike their siblings");
    command->add_option("FILE", options->file, "A checkpoint")->required();
    command->add_flag("--json", options->json, "As JSON");
    options->layout.addTo(*command);
    command->footer("In flat order; the exit code is 0 whether there are any or not.\n\nExample:\n  ravel anomalies net.pt --only 'encoder.*'");
    command->callback([options, &action] {
        action = [options]() -> Result<Outcome> {
            const Job job = commandJob("looking for anomalies");
            RAVEL_ASSIGN(const Opened opened, openLaidOut(options->file, options->layout, job));
            Pyramid pyramid(opened.layout);
            const EditedVector vector(opened.checkpoint);
            RAVEL_TRY(pyramid.build(vector, job));
            RAVEL_ASSIGN(const std::vector<Anomaly> anomalies, findAnomalies(pyramid, vector, {}, job));
            if (!options->json)
                return Outcome { anomaliesText(*opened.layout, anomalies) };
            Json list = Json::array();
            for (const Anomaly& anomaly : anomalies)
                list.push_back(anomalyJson(*opened.layout, anomaly));
            return Outcome { jsonText({ { "anomalies", list } }) };
        };
    });
}

} // namespace ravel
