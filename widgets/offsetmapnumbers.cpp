// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/maplanes.h"
#include "widgets/offsetmapprivate.h"

namespace ravel {

void OffsetMap::setNumbers(std::optional<MapNumbers> numbers)
{
    if (!numbers && !d->numbers)
        return;
    d->numbers = std::move(numbers);
    d->scene.absent = d->numbers ? d->numbers->absent : std::vector<FlatRange> {};
    lanes().find(QStringLiteral("values"))->lane->setName(d->numbers ? tr("values %1").arg(d->numbers->title) : tr("values"));
    std::optional<ElementSide> side;
    if (d->numbers)
        side = ElementSide { d->numbers->title, d->numbers->layout, d->numbers->vector, d->numbers->absent };
    d->element.setSide(std::move(side));
    d->showBrush();
    if (!d->open())
        return;
    setPreview(std::nullopt);
    d->scene.pyramid = d->numbers ? d->numbers->pyramid : d->pyramid;
    if (d->numbers)
        d->loader.setSource(d->numbers->layout, d->numbers->vector);
    else if (d->scene.edited)
        d->loader.setSource(d->scene.layout, *d->scene.edited);
    d->info->setTrouble({});
    d->plot->drawOverlay();
    refresh();
}

void OffsetMap::setDifference(std::optional<MapNumbers> difference)
{
    if (!difference && !d->scene.difference)
        return;
    d->differenceLoader.clear();
    if (!difference || !d->open()) {
        d->scene.difference.reset();
    } else {
        d->differenceLoader.setSource(difference->layout, difference->vector);
        if (!d->scene.difference)
            d->scene.difference.emplace();
        d->scene.difference->pyramid = difference->pyramid;
        d->scene.difference->known = difference->pyramid->revision();
        d->scene.difference->absent = difference->absent;
    }
    d->plot->draw();
}

} // namespace ravel
