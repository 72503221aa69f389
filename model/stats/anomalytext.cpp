// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomaly.h"

#include "base/text.h"
#include "layout/slicesyntax.h"
#include "stats/siblings.h"

#include <charconv>
#include <cmath>

namespace ravel {

namespace {

std::string counted(const AnomalyNumbers& as, std::int64_t n, const std::string& one, const std::string& many)
{
    return as.count(n) + ' ' + (n == 1 ? one : many);
}

// "3", "3-17", "3, 5 and 7-9", and so on for a few.
std::string indices(const Anomaly& anomaly, std::size_t axis)
{
    constexpr std::size_t few = 4;
    std::string text;
    for (std::size_t i = 0; i < anomaly.selection.boxes.size() && i < few; ++i) {
        const Slice& slice = anomaly.selection.boxes[i].slices[axis];
        text += (i == 0 ? "" : ", ") + std::to_string(slice.start);
        if (slice.count > 1)
            text += '-' + std::to_string(slice.start + slice.count - 1);
    }
    return text + (anomaly.selection.boxes.size() > few ? ", ..." : "");
}

std::string deadText(const FlatLayout& layout, const Anomaly& anomaly, bool rows, const AnomalyNumbers& as)
{
    const bool kernel = layout.checkpoint().tensors[anomaly.tensor].shape.size() > 2;
    const auto n = static_cast<std::int64_t>(anomaly.value);
    const std::string one = rows ? kernel ? "output channel" : "row" : kernel ? "input channel" : "column";
    if (n == 1)
        return one + ' ' + indices(anomaly, rows ? 0 : 1) + " is all zero";
    return counted(as, n, one, one + 's') + " are all zero: " + indices(anomaly, rows ? 0 : 1);
}

std::string placesText(const Anomaly& anomaly, const AnomalyNumbers& as)
{
    if (anomaly.ranges.size() < 2)
        return {};
    return " in " + std::string(anomaly.complete ? "" : "more than ") + as.count(static_cast<std::int64_t>(anomaly.ranges.size())) + " places";
}

std::string outlierText(const Anomaly& anomaly, const AnomalyNumbers& as)
{
    const std::string value = as.real(anomaly.value);
    const std::string far = as.real(anomaly.score) + " interquartile ranges from the quartile";
    if (anomaly.elements == 1)
        return value + " lies " + far;
    return counted(as, anomaly.elements, "outlier", "outliers") + ", the furthest, " + value + ", " + far;
}

std::string duplicateText(const FlatLayout& layout, const Anomaly& anomaly, const AnomalyNumbers& as)
{
    const std::string first = "holds the same bytes as " + escaped(layout.nameOf(anomaly.others.front()), 120);
    if (anomaly.othersInAll == 1)
        return first;
    return first + " and " + counted(as, anomaly.othersInAll - 1, "other tensor", "other tensors");
}

std::string siblingsText(const FlatLayout& layout, const Anomaly& anomaly, const AnomalyNumbers& as)
{
    const std::string what = anomaly.ofMean ? "mean " : "std ";
    return what + as.real(anomaly.value) + ", of its " + as.count(anomaly.othersInAll) + " siblings " + as.real(anomaly.reference)
        + " (robust z " + (std::isinf(anomaly.score) ? "infinite" : as.real(std::abs(anomaly.score))) + "; "
        + escaped(siblingPattern(layout.nameOf(anomaly.tensor)), 120) + ')';
}

} // namespace

AnomalyNumbers::AnomalyNumbers()
    : real([](double x) {
        char text[40];
        return std::string(text, std::to_chars(text, text + sizeof text, x, std::chars_format::general, 4).ptr); // whatever the locale is
    })
    , count(grouped)
{
}

std::string_view anomalyKindName(AnomalyKind kind)
{
    switch (kind) {
    case AnomalyKind::Nan: return "nan";
    case AnomalyKind::Inf: return "inf";
    case AnomalyKind::AllZero: return "zero";
    case AnomalyKind::DeadRows: return "dead-rows";
    case AnomalyKind::DeadColumns: return "dead-columns";
    case AnomalyKind::Outlier: return "outlier";
    case AnomalyKind::Duplicate: return "duplicate";
    case AnomalyKind::FarFromSiblings: return "siblings";
    }
    return {};
}

std::string_view severityName(AnomalySeverity severity)
{
    return severity == AnomalySeverity::Serious ? "serious" : severity == AnomalySeverity::Warning ? "warning" : "note";
}

std::string anomalyPlace(const FlatLayout& layout, const Anomaly& anomaly)
{
    if (anomaly.kind == AnomalyKind::Duplicate || anomaly.selection.boxes.size() != 1)
        return escaped(layout.nameOf(anomaly.tensor), 300);
    return boxText(layout, anomaly.selection.boxes.front());
}

std::string anomalyText(const FlatLayout& layout, const Anomaly& anomaly, const AnomalyNumbers& as)
{
    const std::string total = " of " + as.count(layout.checkpoint().tensors[anomaly.tensor].numel.value);
    switch (anomaly.kind) {
    case AnomalyKind::Nan: return counted(as, anomaly.elements, "NaN", "NaN") + total + placesText(anomaly, as);
    case AnomalyKind::Inf:
        return as.count(anomaly.elements) + (anomaly.value < 0 ? " -Inf" : anomaly.value > 0 ? " +Inf" : " infinities") + total + placesText(anomaly, as);
    case AnomalyKind::AllZero: return "all " + as.count(anomaly.elements) + " numbers are zero";
    case AnomalyKind::DeadRows: return deadText(layout, anomaly, true, as);
    case AnomalyKind::DeadColumns: return deadText(layout, anomaly, false, as);
    case AnomalyKind::Outlier: return outlierText(anomaly, as);
    case AnomalyKind::Duplicate: return duplicateText(layout, anomaly, as);
    case AnomalyKind::FarFromSiblings: return siblingsText(layout, anomaly, as);
    }
    return {};
}

} // namespace ravel
