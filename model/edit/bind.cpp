// SPDX-License-Identifier: GPL-3.0-or-later
#include "edit/bindparts.h"

#include "base/crc32.h"
#include "base/text.h"
#include "checkpoint/geometry.h"
#include "edit/cover.h"
#include "edit/exact.h"
#include "layout/slicesyntax.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

namespace ravel {

namespace {

bool takesNumbers(Operation operation) { return operation == Operation::Values || operation == Operation::Copy; }

// Add, multiply, noise and clip: what a glob brings in they touch only where it is floating point.
bool isArithmetic(Operation operation) { return operation != Operation::Set && !takesNumbers(operation); }

bool canChange(const Step& step, DtypeClass dtype)
{
    if (step.where && dtype == DtypeClass::Complex)
        return false;
    switch (dtype) {
    case DtypeClass::Float:
    case DtypeClass::SignedInt:
    case DtypeClass::UnsignedInt: return true;
    case DtypeClass::Complex: return step.operation != Operation::Clip;
    case DtypeClass::Bool: return !isArithmetic(step.operation);
    default: return false;
    }
}

bool inKinds(const Kinds& kinds, DtypeClass dtype)
{
    switch (dtype) {
    case DtypeClass::Float: return kinds.floating;
    case DtypeClass::Complex: return kinds.complex;
    case DtypeClass::SignedInt:
    case DtypeClass::UnsignedInt: return kinds.integer;
    case DtypeClass::Bool: return kinds.boolean;
    default: return false;
    }
}

// One select item, understood.
struct Meant {
    std::vector<Box> boxes;
    bool outright = false; // a tensor named as such, not by a glob or a range
};

Result<Meant> understand(const SelectItem& item, const FlatLayout& layout)
{
    const std::string text = item.range ? '#' + item.text : item.text;
    auto selection = parseSelection(layout, text);
    if (!selection)
        return fail(ErrorCode::Usage, '"' + escaped(text, 100) + "\": " + selection.error().message);
    Meant meant { std::move(selection->boxes), false };
    if (!item.range && !text.starts_with('#') && meant.boxes.size() == 1) {
        const std::string name = layout.nameOf(meant.boxes[0].tensor);
        const bool named = text.starts_with(name) && (text.size() == name.size() || text[name.size()] == '[');
        const bool escapedName = text.starts_with(escapedWhole(name));
        meant.outright = named || escapedName || text.starts_with('@') || text.starts_with(quotedName(name))
            || text.find("[\"") != std::string::npos;
    }
    return meant;
}

// Why a step cannot change a tensor that was named outright.
tl::unexpected<Error> cannot(const Step& step, const FlatLayout& layout, const Tensor& tensor, TensorOrdinal ordinal)
{
    const std::string name = escaped(layout.nameOf(ordinal), 120);
    if (!tensor.editable || !tensor.readable)
        return fail(ErrorCode::Refused, name + " cannot be edited: " + tensor.reason);
    if (step.where && isComplex(tensor.dtype))
        return fail(ErrorCode::Usage, name + " is complex: \"where\" needs numbers that have an order");
    return fail(ErrorCode::Usage, std::string(operationName(step.operation)) + " is not for dtype "
            + std::string(dtypeName(tensor.dtype)) + ", which " + name + " has");
}

bool isEditableTensor(const Checkpoint& checkpoint, const Tensor& tensor)
{
    return tensor.readable && tensor.editable && tensor.storage != noOrdinal && isEditable(tensor.dtype)
        && checkpoint.storages[tensor.storage].editable && checkpoint.storages[tensor.storage].dtype == tensor.dtype;
}

// Boxes that the step changes, in the order of the select; leaves out what its kinds leave out.
Result<> selectBoxes(const FlatLayout& layout, AppliedStep& applied)
{
    const Step& step = applied.step;
    const Checkpoint& checkpoint = layout.checkpoint();
    std::set<TensorOrdinal> skipped;
    for (const SelectItem& item : step.select) {
        RAVEL_ASSIGN(const Meant meant, understand(item, layout));
        for (const Box& box : meant.boxes) {
            const Tensor& tensor = checkpoint.tensors[box.tensor];
            const DtypeClass dtype = dtypeClass(tensor.dtype);
            const bool possible = isEditableTensor(checkpoint, tensor) && canChange(step, dtype);
            const bool usual = !isArithmetic(step.operation) || isTrainable(tensor.dtype);
            const bool wanted = step.kinds ? inKinds(*step.kinds, dtype) : meant.outright || usual;
            if (meant.outright && !possible && (!step.kinds || wanted))
                return cannot(step, layout, tensor, box.tensor);
            if (possible && wanted)
                applied.selection.boxes.push_back(box);
            else if (skipped.insert(box.tensor).second)
                applied.skipped.push_back(layout.nameOf(box.tensor));
        }
    }
    if (!applied.selection.boxes.empty())
        return {};
    std::string why = "the selection holds nothing that " + std::string(operationName(step.operation)) + " may change";
    if (!applied.skipped.empty())
        why += " (" + escaped(applied.skipped.front(), 100)
            + (applied.skipped.size() > 1 ? " and " + grouped(static_cast<std::int64_t>(applied.skipped.size()) - 1) + " more" : "")
            + " left out)";
    return fail(ErrorCode::Usage, why);
}

Result<> checkCount(const AppliedStep& applied, std::int64_t count, const std::string& what)
{
    const std::int64_t selected = applied.selection.numel().value;
    if (count == selected)
        return {};
    return fail(ErrorCode::Usage, what + " has " + grouped(count) + " numbers, and " + grouped(selected) + " elements are selected");
}

std::string resolved(const std::string& directory, const std::string& path)
{
    if (directory.empty() || path.starts_with('/'))
        return path;
    return directory + '/' + path;
}

Result<std::string> crcOfFile(const std::string& path, const Job& job)
{
    RAVEL_ASSIGN(const auto file, systemIo().openForReading(path));
    RAVEL_ASSIGN(const std::uint32_t sum, crc32OfFile(*file, job));
    return crc32Text(sum);
}

// The numbers of a .npy file, and the sum of its bytes: looked at where the step states it, written in where it does not.
Result<> openValues(AppliedStep& applied, const std::string& directory, const Job& job)
{
    Step& step = applied.step;
    const std::string path = resolved(directory, *step.valuesFile);
    RAVEL_ASSIGN(const std::string hash, crcOfFile(path, job));
    if (step.valuesHash && *step.valuesHash != hash)
        return fail(ErrorCode::Changed, escaped(path, 160) + " is not the file that the step was made with: its CRC-32 is " + hash
                + ", " + escaped(*step.valuesHash, 20) + " was expected");
    step.valuesHash = hash;
    RAVEL_ASSIGN(auto checkpoint, openCheckpoint(path, systemIo(), {}, job));
    if (checkpoint->container != "npy" || checkpoint->tensors.size() != 1 || !checkpoint->tensors[0].readable)
        return fail(ErrorCode::Format, escaped(path, 160) + " is not a .npy file of numbers");
    applied.source = checkpointSource(checkpoint, { wholeBox(*checkpoint, 0) });
    return checkCount(applied, applied.source->count(), escaped(path, 160));
}

Result<> openDonor(AppliedStep& applied, const FlatLayout& layout, const std::string& directory, const Job& job)
{
    const Step& step = applied.step;
    const std::string path = resolved(directory, *step.copyFile);
    RAVEL_ASSIGN(auto checkpoint, openCheckpoint(path, systemIo(), {}, job));
    RAVEL_ASSIGN(const auto donor, FlatLayout::make(checkpoint, {}));
    std::vector<SelectItem> items = step.select;
    if (step.copySelect)
        items = { { *step.copySelect, false } };
    std::vector<Box> boxes;
    for (const SelectItem& item : items) {
        auto meant = understand(item, *donor);
        if (!meant)
            return fail(meant.error().code, escaped(path, 100) + ": " + meant.error().message);
        boxes.insert(boxes.end(), meant->boxes.begin(), meant->boxes.end());
    }
    if (boxes.size() != applied.selection.boxes.size())
        return fail(ErrorCode::Usage, grouped(static_cast<std::int64_t>(boxes.size())) + " pieces are selected in " + escaped(path, 120)
                + ", and " + grouped(static_cast<std::int64_t>(applied.selection.boxes.size())) + " to copy them to");
    for (std::size_t i = 0; i < boxes.size(); ++i) {
        const Tensor& from = checkpoint->tensors[boxes[i].tensor];
        const Box& to = applied.selection.boxes[i];
        if (!from.readable || !isEditable(from.dtype))
            return fail(ErrorCode::Usage, escaped(path, 100) + ": " + escaped(donor->nameOf(boxes[i].tensor), 100) + " cannot be copied"
                    + (from.reason.empty() ? "" : ": " + from.reason));
        if (boxes[i].shape() != to.shape())
            return fail(ErrorCode::Usage, escaped(donor->nameOf(boxes[i].tensor), 90) + " has shape " + listText(boxes[i].shape())
                    + " where " + escaped(layout.nameOf(to.tensor), 90) + " has " + listText(to.shape()));
    }
    applied.source = checkpointSource(checkpoint, std::move(boxes));
    return {};
}

Result<> checkParameters(const Step& step)
{
    const auto refuse = [&](const char* why) { return fail(ErrorCode::Usage, std::string(operationName(step.operation)) + ' ' + why); };
    if (step.select.empty())
        return refuse("selects nothing");
    if (step.where && (std::isnan(step.where->low) || std::isnan(step.where->high)))
        return refuse("has a NaN in \"where\"");
    if (step.operation == Operation::Noise && !(std::isfinite(step.scale) && step.scale >= 0))
        return refuse("needs a scale that is finite and not negative");
    if (step.operation == Operation::Clip && !step.low && !step.high)
        return refuse("needs a low or a high limit");
    for (const auto& limit : { step.low, step.high })
        if (step.operation == Operation::Clip && limit && (limit->kind == Number::Kind::Complex || std::isnan(limit->toDouble())))
            return refuse("needs limits that are real numbers");
    if (step.operation == Operation::Clip && step.low && step.high && compareExactly(*step.low, *step.high) > 0)
        return refuse("needs a low limit that is not above the high one");
    return {};
}

Result<> measureWhatIsRelative(AppliedStep& applied, const EditedVector& before, const Job& job)
{
    Step& step = applied.step;
    if (step.operation != Operation::Noise || step.relativeTo != RelativeTo::Std)
        return {};
    if (!step.measuredStd) {
        RAVEL_ASSIGN(step.measuredStd, measureStd(before, applied, job));
    }
    if (!std::isfinite(*step.measuredStd) || *step.measuredStd < 0)
        return fail(ErrorCode::Usage, "noise needs a measured standard deviation that is finite and not negative");
    return {};
}

// JSON nests the two numbers of a complex one as it nests rows: where all that is selected is complex and there are twice as many
// numbers as elements, they are pairs.
std::vector<Number> paired(const AppliedStep& applied, const Checkpoint& checkpoint)
{
    const std::vector<Number>& flat = applied.step.values;
    const bool allComplex = std::all_of(applied.selection.boxes.begin(), applied.selection.boxes.end(),
        [&](const Box& box) { return isComplex(checkpoint.tensors[box.tensor].dtype); });
    if (!allComplex || flat.empty() || static_cast<std::int64_t>(flat.size()) != 2 * applied.selection.numel().value)
        return flat;
    std::vector<Number> pairs;
    for (std::size_t i = 0; i < flat.size(); i += 2)
        pairs.push_back(Number::ofComplex(flat[i].toDouble(), flat[i + 1].toDouble()));
    return pairs;
}

Result<> bindNumbers(AppliedStep& applied, const FlatLayout& layout, const std::string& directory, const Job& job)
{
    if (!takesNumbers(applied.step.operation))
        return {};
    if (applied.step.operation == Operation::Copy) {
        if (!applied.step.copyFile)
            return fail(ErrorCode::Usage, "copy does not say from which checkpoint");
        RAVEL_TRY(openDonor(applied, layout, directory, job));
    } else if (applied.step.valuesFile) {
        RAVEL_TRY(openValues(applied, directory, job));
    } else {
        applied.values = std::make_shared<const std::vector<Number>>(paired(applied, layout.checkpoint()));
        RAVEL_TRY(checkCount(applied, static_cast<std::int64_t>(applied.values->size()), "the step"));
    }
    return checkConflicts(applied, layout, job);
}

} // namespace

void mapPieces(const Checkpoint& checkpoint, AppliedStep& applied)
{
    std::int64_t base = 0;
    for (const Box& box : applied.selection.boxes) {
        if (auto region = toRegion(checkpoint, box)) {
            AppliedStep::Piece piece { *region, base, region->start, region->end() };
            applied.pieces.push_back(std::move(piece));
        }
        base += box.numel().value;
    }
    std::stable_sort(applied.pieces.begin(), applied.pieces.end(), [](const auto& a, const auto& b) {
        return std::tie(a.region.storage, a.begin, a.end) < std::tie(b.region.storage, b.begin, b.end);
    });
    // An alias reaches what its tensor reaches: once is enough, and nothing need be remembered then.
    const auto samePlaces = [](const AppliedStep::Piece& a, const AppliedStep::Piece& b) {
        const auto sameDim = [](const RegionDim& x, const RegionDim& y) { return x.size == y.size && x.stride == y.stride; };
        return a.region.storage == b.region.storage && a.begin == b.begin
            && std::equal(a.region.dims.begin(), a.region.dims.end(), b.region.dims.begin(), b.region.dims.end(), sameDim);
    };
    if (!takesNumbers(applied.step.operation))
        applied.pieces.erase(std::unique(applied.pieces.begin(), applied.pieces.end(), samePlaces), applied.pieces.end());
    const AppliedStep::Piece* last = nullptr; // of those so far in this storage the one that reaches furthest
    for (const AppliedStep::Piece& piece : applied.pieces) {
        const bool newStorage = applied.storages.empty() || applied.storages.back() != piece.region.storage;
        if (newStorage)
            applied.storages.push_back(piece.region.storage);
        else if (piece.begin < last->end)
            applied.once = false;
        if (newStorage || piece.end > last->end)
            last = &piece;
        applied.once = applied.once && reachesEachOnce(piece.region);
        applied.places += piece.region.numel().value;
    }
}

Result<std::shared_ptr<const AppliedStep>> bindStep(const Step& step, const FlatLayout& layout, const EditedVector& before,
    const std::string& directory, const Job& job)
{
    RAVEL_TRY(checkParameters(step));
    auto applied = std::make_shared<AppliedStep>();
    applied->step = step;
    applied->layout = layout.spec();
    applied->selection.where = step.where;
    RAVEL_TRY(selectBoxes(layout, *applied));
    mapPieces(layout.checkpoint(), *applied);
    RAVEL_TRY(bindNumbers(*applied, layout, directory, job));
    RAVEL_TRY(measureWhatIsRelative(*applied, before, job));
    return applied;
}

Result<std::shared_ptr<const AppliedStep>> bindSource(const Step& step, Selection selection, std::shared_ptr<const ElementSource> source,
    const FlatLayout& layout, const EditedVector& before, const Job& job)
{
    const Checkpoint& checkpoint = before.checkpoint();
    auto applied = std::make_shared<AppliedStep>();
    applied->step = step;
    applied->layout = layout.spec();
    applied->selection = std::move(selection);
    for (const Box& box : applied->selection.boxes) {
        const Tensor& tensor = checkpoint.tensors[box.tensor];
        if (!isEditableTensor(checkpoint, tensor) || !canChange(step, dtypeClass(tensor.dtype)))
            return cannot(step, layout, tensor, box.tensor);
    }
    applied->source = std::move(source);
    RAVEL_TRY(checkCount(*applied, applied->source->count(), "the vector"));
    mapPieces(checkpoint, *applied);
    RAVEL_TRY(checkConflicts(*applied, layout, job));
    return applied;
}

} // namespace ravel
