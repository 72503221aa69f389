// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/mapwords.h"

#include <QCoreApplication>

#include "items/qtext.h"

namespace ravel {

namespace {

struct MapWords {
    Q_DECLARE_TR_FUNCTIONS(ravel::MapWords)
};

QString statisticsWords(const Summary& s)
{
    QStringList words;
    if (s.finite() > 0) {
        words << MapWords::tr("from %1 to %2").arg(numberText(s.min), numberText(s.max)) << MapWords::tr("mean %1").arg(numberText(s.mean));
        if (s.finite() > 1)
            words << MapWords::tr("standard deviation %1").arg(numberText(s.std()));
    }
    if (s.count > 0 && s.zeros == s.count)
        words << MapWords::tr("all zero");
    if (s.nan > 0)
        words << MapWords::tr("%1 NaN").arg(countText(s.nan));
    if (s.inf() > 0)
        words << MapWords::tr("%1 infinite").arg(countText(s.inf()));
    return words.join(QStringLiteral(", "));
}

} // namespace

QString segmentWords(const MapScene& scene, std::uint32_t placed)
{
    const Segment& segment = scene.segment(placed);
    const Tensor& tensor = scene.layout->tensor(segment);
    QString text = MapWords::tr("%1, %2 %3, offsets %4 to %5").arg(shown(segment.name), toQt(dtypeName(tensor.dtype)), shapeText(tensor.shape),
        countText(segment.offset.value), countText((segment.offset + segment.numel).value));
    const auto summary = scene.pyramid ? scene.pyramid->segmentSummary(placed) : std::nullopt;
    return text + QStringLiteral("; ") + (summary ? statisticsWords(*summary) : MapWords::tr("not read yet"));
}

} // namespace ravel
