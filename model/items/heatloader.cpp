// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/heatloader.h"

#include <QMetaObject>
#include <QPointer>
#include <QCoreApplication>

#include "items/qtext.h"

namespace ravel {

using Picture = std::shared_ptr<const HeatPicture>;

HeatLoader::HeatLoader(Tasks& tasks, QObject* parent)
    : QObject(parent)
    , m_tasks(tasks)
{
}

HeatLoader::~HeatLoader() { cancel(); }

void HeatLoader::cancel()
{
    ++m_ticket;
    if (m_job)
        m_job->cancel();
    m_job.reset();
}

void HeatLoader::request(const HeatRequest& request)
{
    cancel();
    start(request);
}

void HeatLoader::start(const HeatRequest& request)
{
    const int ticket = ++m_ticket;
    const QPointer<HeatLoader> self(this);
    // Delivered in the GUI thread, where a loader that has gone, or turned to something else, no longer listens.
    const auto tell = [self, ticket](Picture picture) {
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, ticket, picture] {
                if (self && self->m_ticket == ticket && self->m_job)
                    Q_EMIT self->arrived(picture);
            },
            Qt::QueuedConnection);
    };
    m_job = m_tasks.runAlways<Result<Picture>>(
        tr("Reading the heat map"), [request, tell](const Job& job) { return readHeat(request, job, tell); },
        [self, ticket, request](Result<Picture> result, bool cancelled) {
            if (!self || self->m_ticket != ticket)
                return;
            self->m_job.reset();
            if (cancelled || (!result && result.error().code == ErrorCode::Cancelled)) {
                Q_EMIT self->stopped();
                return;
            }
            if (!result) {
                Q_EMIT self->failed(sentenceOf(result.error()));
                return;
            }
            if ((*result)->sampled) {
                HeatRequest all = request;
                all.sample = false;
                self->start(all);
            }
            Q_EMIT self->arrived(*result);
        });
}

} // namespace ravel
