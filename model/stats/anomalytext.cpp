// SPDX-License-Identifier: GPL-3.0-or-later
#include "stats/anomaly.h"

#include "base/text.h"
#include "layout/slicesyntax.h"
#include "stats/siblings.h"

#include <cmath>
#include <cstdio>

namespace ravel {

namespace {

std::string number(double x)
{
    char text[40];
    std::snprintf(text, sizeof text, "%.4g", x);
    return text;
}

std::string counted(std::int64_t n, const std::string& one, const std::string& many)
{
    return grouped(n) + ' ' + (n == 1 ? one : many);
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

std::string deadText(const FlatLayout& layout, const Anomaly& anomaly, bool rows)
{
    const bool kernel = layout.checkpoint().tensors[anomaly.tensor].shape.size() > 2;
    const auto n = static_cast<std::int64_t>(anomaly.value);
    const std::string one = rows ? kernel ? "output channel" : "row" : kernel ? "input channel" : "column";
    if (n == 1)
        return one + ' ' + indices(anomaly, rows ? 0 : 1) + " is all zero";
    return counted(n, one, one + 's') + " are all zero: " + indices(anomaly, rows ? 0 : 1);
}

std::string placesText(const Anomaly& anomaly)
{
    if (anomaly.ranges.size() < 2)
        return {};
    return " in " + std::string(anomaly.complete ? "" : "more than ") + grouped(static_cast<std::int64_t>(anomaly.ranges.size())) + " places";
}

std::string outlierText(const Anomaly& anomaly)
{
    const std::string value = number(anomaly.value);
    const std::string far = number(anomaly.score) + " interquartile ranges from the quartile";
    if (anomaly.elements == 1)
        return value + " lies " + far;
    return counted(anomaly.elements, "outlier", "outliers") + ", the furthest, " + value + ", " + far;
}

std::string duplicateText(const FlatLayout& layout, const Anomaly& anomaly)
{
    const std::string first = "holds the same bytes as " + escaped(layout.nameOf(anomaly.others.front()), 120);
    if (anomaly.othersInAll == 1)
        return first;
    return first + " and " + counted(anomaly.othersInAll - 1, "other tensor", "other tensors");
}

std::string siblingsText(const FlatLayout& layout, const Anomaly& anomaly)
{
    const std::string what = anomaly.ofMean ? "mean " : "std ";
    return what + number(anomaly.value) + ", of its " + grouped(anomaly.othersInAll) + " siblings " + number(anomaly.reference)
        + " (robust z " + (std::isinf(anomaly.score) ? "infinite" : number(std::abs(anomaly.score))) + "; "
        + escaped(siblingPattern(layout.nameOf(anomaly.tensor)), 120) + ')';
}

} // namespace

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

std::string anomalyText(const FlatLayout& layout, const Anomaly& anomaly)
{
    const std::string total = " of " + grouped(layout.checkpoint().tensors[anomaly.tensor].numel.value);
    switch (anomaly.kind) {
    case AnomalyKind::Nan: return counted(anomaly.elements, "NaN", "NaN") + total + placesText(anomaly);
    case AnomalyKind::Inf:
        return grouped(anomaly.elements) + (anomaly.value < 0 ? " -Inf" : anomaly.value > 0 ? " +Inf" : " infinities") + total + placesText(anomaly);
    case AnomalyKind::AllZero: return "all " + grouped(anomaly.elements) + " numbers are zero";
    case AnomalyKind::DeadRows: return deadText(layout, anomaly, true);
    case AnomalyKind::DeadColumns: return deadText(layout, anomaly, false);
    case AnomalyKind::Outlier: return outlierText(anomaly);
    case AnomalyKind::Duplicate: return duplicateText(layout, anomaly);
    case AnomalyKind::FarFromSiblings: return siblingsText(layout, anomaly);
    }
    return {};
}

} // namespace ravel
