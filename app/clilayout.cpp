// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"

#include "app/clioptions.h"
#include "base/text.h"
#include "checkpoint/geometry.h"
#include "layout/locate.h"
#include "layout/slicesyntax.h"
#include "layout/template.h"

#include <CLI/CLI.hpp>

namespace ravel {

namespace {

struct Options {
    std::string file, place;
    LayoutOptions layout;
    bool json = false;
};

std::string layoutText(const FlatLayout& layout)
{
    Table table({ { "offset" }, { "elements" }, { "name", true }, { "dtype", true }, { "shape", true }, { "kind", true }, { "storage", true } });
    for (const Segment& segment : layout.listed()) {
        const Tensor& tensor = layout.tensor(segment);
        std::string storage = escaped(layout.checkpoint().storages[tensor.storage].id.text(), 40);
        if (segment.aliasOf != noOrdinal)
            storage += "  alias of " + escaped(layout.listed()[segment.aliasOf].name);
        table.add({ std::to_string(segment.offset.value), std::to_string(segment.numel.value), escaped(segment.name),
            std::string(dtypeName(tensor.dtype)), tupleText(tensor.shape), std::string(tensorKindName(tensor.kind)), storage });
    }
    const LayoutSpec& spec = layout.spec();
    std::int64_t unreadable = 0;
    for (TensorOrdinal t = 0; t < layout.checkpoint().tensors.size(); ++t)
        unreadable += layout.inScope(t) && !layout.checkpoint().tensors[t].readable ? 1 : 0;
    std::string left;
    if (unreadable > 0)
        left = counted(unreadable, "tensor") + (unreadable == 1 ? " can't be read and has" : " can't be read and have")
            + " no place (`ravel check` tells why)\n";
    return table.text() + '\n' + counted(layout.numel().value, "element") + " in "
        + counted(static_cast<std::int64_t>(layout.placed().size()), "tensor") + "; scope "
        + (spec.scope->empty() ? "the whole checkpoint" : '\'' + escaped(*spec.scope) + '\'') + ", order "
        + std::string(orderName(spec.order)) + ", aliases " + (spec.aliases == Aliases::Once ? "once" : "repeat") + '\n'
        + left;
}

Result<Outcome> runLayout(const Options& options)
{
    RAVEL_ASSIGN(const Opened opened, openLaidOut(options.file, options.layout, commandJob("opening")));
    return Outcome { options.json ? jsonText(toJson(makeTemplate(*opened.layout))) : layoutText(*opened.layout) };
}

Json locateJson(const FlatLayout& layout, const Place& place, const std::vector<std::string>& linked)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    const Storage& storage = checkpoint.storages[checkpoint.tensors[place.tensor].storage];
    return { { "name", escapedWhole(layout.nameOf(place.tensor)) }, { "coordinates", place.coordinates },
        { "index", place.index ? Json(place.index->value) : Json() }, { "storage", escapedWhole(storage.id.text()) },
        { "storage_index", place.storageIndex.value }, { "file", escapedWhole(checkpoint.files[place.file].name) },
        { "byte", place.byte ? Json(place.byte->value) : Json() }, { "linked", linked } };
}

std::string locateText(const FlatLayout& layout, const Place& place, const std::vector<std::string>& linked)
{
    const Checkpoint& checkpoint = layout.checkpoint();
    const Tensor& tensor = checkpoint.tensors[place.tensor];
    const Storage& storage = checkpoint.storages[tensor.storage];
    std::string coordinates;
    for (const std::int64_t c : place.coordinates)
        coordinates += (coordinates.empty() ? "" : ", ") + std::to_string(c);
    std::string others;
    for (const std::string& name : linked)
        others += (others.empty() ? "" : ", ") + name;
    const std::int64_t size = dtypeSize(storage.dtype);
    std::vector<std::byte> element(static_cast<std::size_t>(size));
    std::string value;
    if (checkpoint.read(tensor.storage, place.storageIndex, Count(1), element.data()))
        value = elementText(storage.dtype, element.data());
    return factsText({
        { "name", escaped(layout.nameOf(place.tensor)) },
        { "coordinates", coordinates.empty() ? "none (one number)" : coordinates },
        { "flat index", place.index ? std::to_string(place.index->value) : "outside the layout" },
        { "value", value.empty() ? "can't be read" : value + "  " + std::string(dtypeName(tensor.dtype)) },
        { "storage", escaped(storage.id.text(), 60) + ", element " + std::to_string(place.storageIndex.value) },
        { "byte", place.byte ? std::to_string(place.byte->value) + " of " + escaped(checkpoint.files[place.file].name) + " ("
                    + counted(size, "byte") + ")"
                             : "compressed or in pieces: no place of its own" },
        { "linked", others },
    });
}

Result<Outcome> runLocate(const Options& options)
{
    RAVEL_ASSIGN(const Opened opened, openLaidOut(options.file, options.layout, commandJob("opening")));
    const auto place = parsePlace(*opened.layout, options.place);
    if (!place)
        return tl::unexpected(notIn(*opened.layout, place.error()));
    const std::vector<std::string> linked = linkedNames(*opened.layout, *place);
    return Outcome { options.json ? jsonText(locateJson(*opened.layout, *place, linked)) : locateText(*opened.layout, *place, linked) };
}

} // namespace

void addLayoutCommands(CLI::App& app, Action& action)
{
    auto options = std::make_shared<Options>();
    CLI::App* layout = app.add_subcommand("layout", "Where each tensor stands in the flat vector");
    layout->add_option("FILE", options->file, "A checkpoint")->required();
    layout->add_flag("--json", options->json, "The template (ravel.layout/1), which unflatten takes");
    options->layout.addTo(*layout);
    layout->footer("Example:\n  ravel layout net.pt --order parameters\n  ravel layout net.pt --json > net.layout.json");
    layout->callback([options, &action] { action = [options] { return runLayout(*options); }; });

    options = std::make_shared<Options>();
    CLI::App* locate = app.add_subcommand("locate", "One element: flat index, name and coordinates, byte in the file, other names");
    locate->add_option("FILE", options->file, "A checkpoint")->required();
    locate->add_option("PLACE", options->place, "A flat index, NAME[i, j], or @BYTE of the file")->required();
    locate->add_flag("--json", options->json, "As JSON");
    options->layout.addTo(*locate);
    locate->footer("Example:\n  ravel locate net.pt 1234\n  ravel locate net.pt 'fc.weight[3, 0]'\n  ravel locate net.pt @0x1f40");
    locate->callback([options, &action] { action = [options] { return runLocate(*options); }; });
}

} // namespace ravel
