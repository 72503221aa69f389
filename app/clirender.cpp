// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/clicommands.h"
#include "app/clioptions.h"
#include "app/figurekind.h"
#include "base/text.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <charconv>

namespace ravel {

namespace {

constexpr const char* kinds[] = { "map", "histogram", "heatmap", "window" };

struct Options {
    RenderRequest request;
    LayoutOptions layout;
    SelectOptions select;
    std::string what = "map", slice, view, size, theme = "light";
    bool force = false;
};

template <class T>
bool read(std::string_view text, T& value)
{
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size();
}

Result<> parseView(const std::string& text, RenderRequest& request)
{
    const auto colon = text.find(':');
    std::int64_t begin = 0, end = 0;
    if (colon == std::string::npos || !read(std::string_view(text).substr(0, colon), begin) || !read(std::string_view(text).substr(colon + 1), end)
        || begin < 0 || end <= begin)
        return fail(ErrorCode::Usage, "--view '" + escaped(text, 60) + "' is not A:B, two offsets of the flat vector with A < B");
    request.view = FlatRange { FlatIndex(begin), FlatIndex(end) };
    return {};
}

Result<> parseSize(const std::string& text, RenderRequest& request)
{
    const auto x = text.find_first_of("xX");
    FigureSize& size = request.size;
    if (!text.empty() && (x == std::string::npos || !read(std::string_view(text).substr(0, x), size.width)
            || !read(std::string_view(text).substr(x + 1), size.height)))
        return fail(ErrorCode::Usage, "--size '" + escaped(text, 60) + "' is not WxH, such as 1200x600");
    if (text.empty())
        size = usualSize(request.what);
    if (!(request.scale >= 0.1 && request.scale <= 16))
        return fail(ErrorCode::Usage, "--scale is from 0.1 to 16");
    const double width = size.width * request.scale, height = size.height * request.scale;
    if (std::min(size.width, size.height) < leastFigure || std::max(width, height) > mostFigure || width * height > mostFigureArea)
        return fail(ErrorCode::Usage, "a figure is from 64 to 16384 pixels wide and high, 100 million pixels in all; --size and --scale ask for "
                + std::to_string(static_cast<std::int64_t>(width)) + "x" + std::to_string(static_cast<std::int64_t>(height)));
    return {};
}

Result<Outcome> runRender(Options& options, const Renderer& renderer)
{
    RenderRequest& request = options.request;
    if (!formatOf(request.output))
        return fail(ErrorCode::Usage, "-o '" + escaped(request.output, 100) + "' ends in none of .png, .svg, .pdf");
    request.what = static_cast<FigureKind>(std::find(std::begin(kinds), std::end(kinds), options.what) - std::begin(kinds));
    request.dark = options.theme == "dark";
    if (!options.view.empty())
        RAVEL_TRY(parseView(options.view, request));
    RAVEL_TRY(parseSize(options.size, request));
    request.layout = options.layout.spec();
    request.select = !options.slice.empty() ? options.slice : options.select.text();
    if (!renderer)
        return fail(ErrorCode::Unsupported, "this build has no window, and so nothing to draw with");
    RAVEL_TRY(checkOutput(OutputKind::File, request.output, options.force, { request.file }));
    RAVEL_TRY(renderer(request));
    return Outcome {};
}

} // namespace

std::optional<FigureFormat> formatOf(const std::string& path)
{
    const auto dot = path.rfind('.');
    std::string ending = dot == std::string::npos ? "" : path.substr(dot + 1);
    std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c); });
    if (ending == "png")
        return FigureFormat::Png;
    if (ending == "svg")
        return FigureFormat::Svg;
    if (ending == "pdf")
        return FigureFormat::Pdf;
    return std::nullopt;
}

FigureSize usualSize(FigureKind kind)
{
    switch (kind) {
    case FigureKind::Map: return { 1200, 560 };
    case FigureKind::Histogram: return { 800, 480 };
    case FigureKind::HeatMap: return { 800, 720 };
    case FigureKind::Window: break;
    }
    return { 1600, 1000 };
}

void addRenderCommand(CLI::App& app, Action& action, const Renderer& renderer)
{
    auto options = std::make_shared<Options>();
    CLI::App* command = app.add_subcommand("render", "Draw a figure into a file; needs no display");
    command->add_option("FILE", options->request.file, "A checkpoint")->required();
    command->add_option("-o,--output", options->request.output, "The figure: .png, .svg or .pdf")->required()->type_name("OUT");
    command->add_option("--what", options->what, "map (default), histogram, heatmap or window")
        ->check(CLI::IsMember({ "map", "histogram", "heatmap", "window" }))->type_name("FIGURE");
    command->add_option("--select", options->slice, "What is selected, as the slice box takes it: a name, a glob, 'NAME[3, :]', '#100:200'")
        ->type_name("SLICE");
    command->add_option("--view", options->view, "The offsets that the map shows (default: all)")->type_name("A:B");
    command->add_option("--size", options->size, "In pixels at scale 1")->type_name("WxH");
    command->add_option("--scale", options->request.scale, "Pixels of a PNG for each of --size (default 1)")->type_name("S");
    command->add_option("--theme", options->theme, "light (default) or dark")->check(CLI::IsMember({ "light", "dark" }))->type_name("THEME");
    command->add_flag("--transparent", options->request.transparent, "Without a ground of its own");
    command->add_flag("--force", options->force, "Replace an existing output");
    options->layout.addTo(*command);
    options->select.addTo(*command);
    command->footer("Waits until everything that the figure shows has been counted. The same call writes the same bytes.\n\n"
                    "Example:\n  ravel render net.pt -o map.svg\n  ravel render net.pt -o fc.pdf --what histogram --select 'fc.*'\n"
                    "  ravel render net.pt -o row.png --view 1000:2000 --theme dark --scale 2");
    command->callback([options, &action, renderer] {
        action = [options, renderer] { return runRender(*options, renderer); };
    });
}

} // namespace ravel
