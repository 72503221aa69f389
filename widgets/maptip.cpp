// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maptip.h"

#include <QCoreApplication>
#include <QStringList>

#include "items/qtext.h"
#include "widgets/maplane.h"
#include "widgets/mapplot.h"
#include "widgets/overviewlane.h"

namespace ravel {

namespace {

struct MapTip {
    Q_DECLARE_TR_FUNCTIONS(ravel::MapTip)
};

} // namespace

QString elementText(const ElementFacts& facts)
{
    QStringList lines { facts.name + facts.coordinates + u' ' + facts.dtype };
    const bool own = facts.side.isEmpty();
    QString where = (own ? MapTip::tr("flat %1, storage %2") : MapTip::tr("flat %1; in A: storage %2")).arg(countText(facts.index.value), facts.storage);
    where += facts.byte.isEmpty() ? MapTip::tr(", compressed or in pieces") : MapTip::tr(", byte %1").arg(facts.byte);
    lines << where;
    if (!facts.trouble.isEmpty())
        lines << facts.trouble;
    if (!facts.value.isEmpty())
        lines << (own ? MapTip::tr("value %1").arg(facts.value) : MapTip::tr("value of %1: %2").arg(facts.side, facts.value));
    if (!facts.bits.isEmpty())
        lines << (facts.dtype.contains(QStringLiteral("float")) || facts.dtype.contains(QStringLiteral("complex"))
                ? MapTip::tr("sign, exponent, mantissa: %1").arg(facts.bits)
                : MapTip::tr("bits %1").arg(facts.bits));
    return lines.join(u'\n');
}

QString mapToolTip(const MapScene& scene, const MapPlot& plot, const std::optional<ElementFacts>& facts, QPointF point)
{
    const MapLane* lane = plot.laneAt(point);
    if (!lane)
        return {};
    if (plot.inGutter(point))
        return lane->gutterText();
    const auto hit = scene.layout ? lane->hit(point) : std::nullopt;
    QStringList parts;
    if (hit && !hit->text.isEmpty())
        parts << hit->text;
    const bool ofModules = hit && hit->last - hit->first > 1;
    if (facts && !ofModules && lane != &plot.overview())
        parts << elementText(*facts);
    return parts.join(QStringLiteral("\n\n"));
}

} // namespace ravel
