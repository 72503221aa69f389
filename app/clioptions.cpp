// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clioptions.h"

#include "base/text.h"
#include "checkpoint/bytes.h"
#include "layout/slicesyntax.h"

#include <CLI/CLI.hpp>

namespace ravel {

void LayoutOptions::addTo(CLI::App& app)
{
    const char* group = "Layout";
    scopeOption = app.add_option("--scope", scope, "Part of the checkpoint that is laid out; '' is all of it (default: the usual home)");
    scopeOption->type_name("PATH")->group(group);
    all.push_back(scopeOption);
    all.push_back(app.add_option("--order", order, "checkpoint (default), sorted, file or parameters")
                      ->type_name("O")->group(group)->check(CLI::IsMember({ "checkpoint", "sorted", "file", "parameters" }))->type_name("O"));
    all.push_back(app.add_option("--aliases", aliases, "once (default) or repeat: tied tensors have one place or one each")
                      ->group(group)->check(CLI::IsMember({ "once", "repeat" }))->type_name("A"));
    all.push_back(app.add_option("--only", only, "Only tensors that match a GLOB, re:RE, dtype:D or kind:K; may be repeated")
                      ->group(group)->allow_extra_args(false)->type_name("FILTER"));
}

LayoutSpec LayoutOptions::spec() const
{
    LayoutSpec spec;
    if (scopeOption->count() > 0)
        spec.scope = scope;
    spec.order = *orderFromName(order);
    spec.aliases = aliases == "repeat" ? Aliases::Repeat : Aliases::Once;
    spec.only = only;
    return spec;
}

bool LayoutOptions::given() const
{
    return std::any_of(all.begin(), all.end(), [](const CLI::Option* option) { return option->count() > 0; });
}

void SelectOptions::addTo(CLI::App& app)
{
    const char* group = "Selection (default: everything in the layout)";
    tensorOption = app.add_option("--tensor", tensor, "A tensor by its name, or several by a glob")->type_name("NAME")->group(group);
    sliceOption = app.add_option("--slice", slice, "A NumPy slice of a tensor: 'fc.weight[3, ::2]'")->type_name("'NAME[...]'")->group(group);
    rangeOption = app.add_option("--range", range, "A range of the flat vector")->type_name("A:B[:STEP]")->group(group);
    tensorOption->excludes(sliceOption)->excludes(rangeOption);
    sliceOption->excludes(rangeOption);
}

Result<Selection> SelectOptions::resolve(const FlatLayout& layout) const
{
    const CLI::Option* given = nullptr;
    std::string text;
    if (tensorOption->count() > 0)
        given = tensorOption, text = tensor;
    else if (sliceOption->count() > 0)
        given = sliceOption, text = slice;
    else if (rangeOption->count() > 0)
        given = rangeOption, text = '#' + range;
    if (!given)
        return wholeSelection(layout);
    auto selection = parseSelection(layout, text);
    if (selection)
        return *selection;
    const std::size_t position = selection.error().position - (given == rangeOption ? std::min<std::size_t>(1, selection.error().position) : 0);
    return tl::unexpected(notIn(layout, { ErrorCode::Usage, given->get_name() + " '" + escaped(given == rangeOption ? range : text, 100) + "': "
            + selection.error().message + (position > 0 ? " (at byte " + std::to_string(position) + ")" : "") }));
}

Error notIn(const FlatLayout& layout, const Error& error)
{
    return { error.code, bounded(sentence(layout.checkpoint().path, error.message)) };
}

std::string SelectOptions::text() const
{
    return tensorOption->count() > 0 ? tensor : sliceOption->count() > 0 ? slice : rangeOption->count() > 0 ? '#' + range : std::string();
}

Result<Opened> openLaidOut(const std::string& path, const LayoutOptions& options, const Job& job)
{
    Opened opened;
    RAVEL_ASSIGN(opened.checkpoint, openCheckpoint(path, systemIo(), {}, job));
    RAVEL_ASSIGN(opened.layout, FlatLayout::make(opened.checkpoint, options.spec()));
    return opened;
}

Result<> checkOutput(OutputKind kind, const std::string& path, bool force, const std::vector<std::string>& inputs)
{
    if (!systemIo().exists(path))
        return {};
    if (const auto status = systemIo().status(path); status && isDirectory(*status)) {
        if (kind == OutputKind::File)
            return fail(ErrorCode::Refused, escaped(path, 200) + " is a folder, where a file is to be written");
        const auto names = systemIo().list(path); // writing a file there is refused later
        if (force || !names || names->empty())
            return {};
        return fail(ErrorCode::Refused, escaped(path, 160) + " exists already and is not empty; --force replaces the set's files in it, and no others; a single file needs another name");
    }
    if (!force)
        return fail(ErrorCode::Refused, escaped(path, 200) + " exists already; --force replaces it");
    const auto output = systemIo().status(path);
    for (const std::string& input : inputs) {
        const auto status = systemIo().status(input);
        if (output && status && output->identity.device == status->identity.device
            && output->identity.inode == status->identity.inode)
            return fail(ErrorCode::Refused, escaped(path, 120) + " is the input " + escaped(input, 120) + ", which would be lost");
    }
    return {};
}

} // namespace ravel
