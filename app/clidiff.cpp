// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "base/text.h"
#include "document/diff.h"

#include <CLI/CLI.hpp>
#include <cmath>

namespace ravel {

namespace {

struct Options {
    std::string a, b;
    DiffOptions tolerance;
    std::string match = "name";
    std::vector<std::string> rules;
    bool json = false;
};

Json diffJson(const Options& options, const CheckpointDiff& diff)
{
    Json tensors = Json::array(), entries = Json::array();
    std::int64_t same = 0;
    for (const TensorDiff& tensor : diff.tensors) {
        if (tensor.state == TensorDiff::State::Same) {
            ++same;
            continue;
        }
        tensors.push_back({ { "name", escapedWhole(tensor.name) }, { "state", stateName(tensor.state) }, { "detail", tensor.detail },
            { "name_in_b", escapedWhole(tensor.nameInB.empty() && tensor.b != noOrdinal ? tensor.name : tensor.nameInB) }, { "elements", tensor.elements }, { "different", tensor.different }, { "max_abs", numberJson(tensor.maxAbs) },
            { "l2", numberJson(tensor.l2) }, { "relative", numberJson(tensor.relative) }, { "cosine", numberJson(tensor.cosine) },
            { "not_finite", tensor.notFinite }, { "first", tensor.first }, { "last", tensor.last }, { "compared", tensor.compared } });
    }
    for (const EntryDiff& entry : diff.entries)
        entries.push_back({ { "name", escapedWhole(entry.name) }, { "a", escapedWhole(entry.a) }, { "b", escapedWhole(entry.b) } });
    return { { "result", diff.same() ? "same" : "different" }, { "rtol", options.tolerance.rtol }, { "atol", options.tolerance.atol },
        { "below_scopes", diff.belowScopes }, { "matched", diff.matched }, { "same", same }, { "tensors", tensors }, { "entries", entries } };
}

std::string diffText(const CheckpointDiff& diff)
{
    Table table({ { "tensor", true }, { "difference", true }, { "elements" }, { "different" }, { "max abs" }, { "L2" }, { "relative" }, { "cosine" }, { "", true } });
    std::int64_t same = 0;
    for (const TensorDiff& tensor : diff.tensors) {
        if (tensor.state == TensorDiff::State::Same) {
            ++same;
            continue;
        }
        const auto number = [&tensor](double x) { return tensor.compared ? numberText(x) : std::string(); };
        const std::string name = escaped(tensor.name) + (tensor.nameInB.empty() ? "" : " -> " + escaped(tensor.nameInB));
        table.add({ name, std::string(stateName(tensor.state)), tensor.compared ? grouped(tensor.elements) : "",
            tensor.compared ? grouped(tensor.different) : "", number(tensor.maxAbs), number(tensor.l2), number(tensor.relative), number(tensor.cosine),
            escaped(tensor.detail) });
    }
    std::string text = table.empty() ? "" : table.text();
    Table entries({ { "entry", true }, { "in A", true }, { "in B", true } });
    for (const EntryDiff& entry : diff.entries)
        entries.add({ escaped(entry.name, 100), escaped(entry.a, 60), escaped(entry.b, 60) });
    if (!entries.empty())
        text += (text.empty() ? "" : "\n") + entries.text();
    if (diff.same())
        return text + "the same: " + counted(same, "tensor") + '\n';
    return text + '\n' + counted(same, "tensor") + (same == 1 ? " is" : " are") + " the same"
        + (diff.belowScopes ? "; names were compared below each file's usual scope\n" : "\n");
}

// What would match more, where something does.
std::string adviceText(const Matcher& matcher, const MatchSpec& spec, const CheckpointDiff& diff, const Job& job)
{
    const auto better = matcher.suggest(spec, job);
    if (!better || !*better)
        return diff.matched == 0 ? "no name is in both: --match order compares by place, --map FROM=TO maps names\n" : "";
    const MatchSpec& other = (*better)->spec;
    if (other.by == MatchSpec::By::Order)
        return "with --match order " + counted((*better)->matched, "tensor") + " would be compared\n";
    return "with --map '" + escaped(other.rules.back().text(), 100) + "' " + counted((*better)->matched, "tensor") + " would be compared\n";
}

Result<Outcome> runDiff(const Options& options)
{
    if (!(options.tolerance.rtol >= 0) || !(options.tolerance.atol >= 0))
        return fail(ErrorCode::Usage, "--rtol and --atol are numbers from 0 on");
    if (options.match == "order" && !options.rules.empty())
        return fail(ErrorCode::Usage, "--map goes with --match name");
    RAVEL_ASSIGN(const MatchSpec spec,
        MatchSpec::make(options.match == "order" ? MatchSpec::By::Order : MatchSpec::By::Name, options.rules));
    const Job job = commandJob("comparing");
    RAVEL_ASSIGN(const auto a, openCheckpoint(options.a, systemIo(), {}, job));
    RAVEL_ASSIGN(const auto b, openCheckpoint(options.b, systemIo(), {}, job));
    RAVEL_ASSIGN(const CheckpointDiff diff, compare(EditedVector(a), EditedVector(b), spec, options.tolerance, job));
    for (const TensorDiff& tensor : diff.tensors)
        if (tensor.state == TensorDiff::State::Unreadable)
            return fail(ErrorCode::Format, "'" + escaped(tensor.name, 100) + "' can't be compared: " + tensor.detail);
    std::string text = options.json ? jsonText(diffJson(options, diff)) : diffText(diff);
    if (!options.json)
        text += adviceText(Matcher(a, b), spec, diff, job);
    return Outcome { std::move(text), diff.same() ? 0 : 1, {} };
}

} // namespace

void addDiffCommand(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("diff", "Compare two checkpoints tensor by tensor");
    command->add_option("A", options->a, "A checkpoint")->required();
    command->add_option("B", options->b, "Another")->required();
    command->add_option("--rtol", options->tolerance.rtol, "Relative tolerance, as numpy.allclose (default 0)")->type_name("R");
    command->add_option("--atol", options->tolerance.atol, "Absolute tolerance (default 0)")->type_name("A");
    command->add_option("--match", options->match, "What is compared with what: name (default), or order: the n-th tensor with the n-th")
        ->type_name("HOW")
        ->check(CLI::IsMember({ "name", "order" }));
    command->add_option("--map", options->rules,
            "A's names to B's, as a glob for a glob ('module.*=*') or an expression ('module.(.*)=$1'); may be repeated, the first that fits counts")
        ->type_name("FROM=TO")
        ->allow_extra_args(false);
    command->add_flag("--json", options->json, "As JSON");
    command->footer("NaN is the same as NaN. Numbers are compared in double, dtypes may differ; relative is ||A - B|| / ||B||.\nExit code 0: the same, 1: different, 2: trouble.\n\n"
                    "Example:\n  ravel diff net.pt halved.pt\n  ravel diff net.pt other.safetensors --rtol 1e-5 --atol 1e-8\n"
                    "  ravel diff ddp.pt net.pt --map 'module.*=*'");
    command->callback([options, &action] {
        action = [options]() -> Result<Outcome> {
            auto outcome = runDiff(*options);
            if (!outcome) // trouble is 2 here, as in diff(1)
                return Outcome { {}, 2, outcome.error().message };
            return outcome;
        };
    });
}

void addLaterCommands(CLI::App& app, Action& action)
{
    for (const char* name : { "convert" }) {
        CLI::App* command = app.add_subcommand(name, "Comes in a later version");
        command->prefix_command();
        command->callback([name, &action] {
            action = [name]() -> Result<Outcome> {
                return fail(ErrorCode::Usage, std::string(name) + " comes in a later version");
            };
        });
    }
}

} // namespace ravel
