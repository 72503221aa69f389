// SPDX-License-Identifier: GPL-3.0-or-later
#include <QTimer>

#include "items/sidenumbers.h"

#include "items/qtext.h"

#include <utility>

namespace ravel {

SideNumbers::SideNumbers(Side side, Tasks& tasks, QObject* parent)
    : QObject(parent)
    , m_side(side)
    , m_tasks(tasks)
    , m_timer(new QTimer(this))
{
    m_timer->setInterval(100);
    connect(m_timer, &QTimer::timeout, this, &SideNumbers::tell);
}

SideNumbers::~SideNumbers() = default;

void SideNumbers::start(Source source, const QString& what)
{
    stop();
    m_source = std::move(source);
    m_what = what;
    make();
}

void SideNumbers::stop()
{
    if (m_making)
        m_making->cancel();
    stopBuilding();
    setCut(false);
    m_making.reset();
    m_buildAgain = false;
    m_source.reset();
    m_pyramid.reset();
    m_timer->stop();
    if (!m_numbers)
        return;
    m_numbers.reset();
    Q_EMIT changed();
}

void SideNumbers::edited(EditedVector a, const std::vector<std::shared_ptr<const AppliedStep>>& steps)
{
    if (!m_source)
        return;
    m_source->a = std::move(a);
    stopBuilding(); // before the step that it does not know is invalidated
    if (m_pyramid)
        for (const auto& step : steps)
            m_pyramid->invalidate(*step, *m_source->layout);
    make();
}

// The snapshot is cheap but not free (a tensor's record each), so it is made on the pool, too.
void SideNumbers::make()
{
    if (m_making)
        m_making->cancel();
    m_making = m_tasks.run<Result<DerivedNumbers>>({},
        [side = m_side, source = *m_source](const Job&) { return derive(side, *source.layout, source.a, source.b, *source.pairs); },
        [this](Result<DerivedNumbers> made) {
            if (!m_source)
                return;
            if (!made) {
                Q_EMIT failed(sentenceOf(made.error()));
                return;
            }
            m_numbers.emplace(std::move(*made));
            if (!m_pyramid) {
                m_pyramid = std::make_shared<Pyramid>(m_numbers->layout);
                m_told = 0;
            }
            Q_EMIT changed();
            build();
        });
}

// The pyramid has one writer: the next build starts once the one before has ended.
void SideNumbers::build()
{
    setCut(false);
    if (m_building) {
        stopBuilding();
        m_buildAgain = true;
        return;
    }
    m_buildAgain = m_stopped = false;
    m_timer->start();
    m_building = m_tasks.runAlways<Result<>>(m_what,
        [pyramid = m_pyramid, vector = m_numbers->vector](const Job& job) { return pyramid->build(vector, job); },
        [this](Result<> built, bool cancelled) {
            m_building.reset();
            m_timer->stop();
            tell();
            if (m_buildAgain && m_numbers)
                build();
            else
                setCut(cancelled && !built && !m_stopped);
            if (!cancelled && !built)
                Q_EMIT failed(sentenceOf(built.error()));
        });
}

void SideNumbers::stopBuilding()
{
    if (!m_building)
        return;
    m_building->cancel();
    m_stopped = true;
}

void SideNumbers::setCut(bool cut)
{
    if (std::exchange(m_cut, cut) != cut)
        Q_EMIT unfinishedChanged();
}

void SideNumbers::goOn()
{
    if (m_cut && m_numbers)
        build();
}

void SideNumbers::tell()
{
    if (!m_pyramid || m_pyramid->revision() == m_told)
        return;
    m_told = m_pyramid->revision();
    Q_EMIT statisticsChanged();
}

} // namespace ravel
