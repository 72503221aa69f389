// SPDX-License-Identifier: GPL-3.0-or-later
#include "items/lessontables.h"

#include "items/qtext.h"
#include "items/session.h"
#include "save/templatetrial.h"

#include <algorithm>

namespace ravel {

namespace {

QString titleOf(TemplateFault fault)
{
    switch (fault) {
    case TemplateFault::None: return TemplateTask::tr("The right template");
    case TemplateFault::VectorLength: return TemplateTask::tr("A vector one number short");
    case TemplateFault::TotalNumel: return TemplateTask::tr("A total that is not the sum");
    case TemplateFault::ShapeProduct: return TemplateTask::tr("Sizes that do not multiply to numel");
    case TemplateFault::StrideCount: return TemplateTask::tr("One stride too many");
    case TemplateFault::Overlap: return TemplateTask::tr("Two tensors that overlap");
    case TemplateFault::Gap: return TemplateTask::tr("A gap between two tensors");
    case TemplateFault::NotJson: return TemplateTask::tr("A brace that is missing");
    case TemplateFault::MissingKey: return TemplateTask::tr("A key that is missing");
    case TemplateFault::UnknownKey: return TemplateTask::tr("A key that nobody knows");
    case TemplateFault::UnknownDtype: return TemplateTask::tr("A dtype that does not exist");
    case TemplateFault::SameNameTwice: return TemplateTask::tr("One name twice");
    case TemplateFault::WrongAlias: return TemplateTask::tr("An alias of nothing");
    case TemplateFault::MissingTensor: return TemplateTask::tr("A name that the checkpoint lacks");
    case TemplateFault::LeftOutTensor: return TemplateTask::tr("A tensor that is left out");
    case TemplateFault::OtherShape: return TemplateTask::tr("Another shape than the checkpoint's, into the checkpoint");
    case TemplateFault::NarrowDtype: return TemplateTask::tr("A dtype too narrow, in a fresh file");
    case TemplateFault::SwappedDims: return TemplateTask::tr("Two sizes exchanged, in a fresh file");
    case TemplateFault::SwappedOrder: return TemplateTask::tr("Two tensors exchanged");
    case TemplateFault::TiedDiffer: return TemplateTask::tr("Tied names, different numbers");
    }
    return {};
}

using Trials = std::vector<Result<TemplateTrial>>;

} // namespace

QString TemplateTask::title() const { return tr("Templates"); }

QString TemplateTask::words() const
{
    return tr("The template says where each tensor stands in the row, and of which shape it is; unflatten knows nothing else. Each line breaks the template of this tensor and its "
              "neighbour in one way and lets Ravel read it. What happens? Beware of those that nobody notices.");
}

void TemplateTask::restart()
{
    m_stale = true;
    m_questions.clear();
    cancelAsking();
    Q_EMIT changed();
}

void TemplateTask::enter()
{
    if (m_stale)
        ask();
}

void TemplateTask::ask()
{
    m_stale = false;
    m_trouble.clear();
    const QStringList choices { tr("right"), tr("refused"), tr("told: some numbers change"), tr("wrong, and nobody notices") };
    const std::vector<TemplateFault> faults = allTemplateFaults();
    m_questions.clear();
    for (const TemplateFault fault : faults)
        m_questions.push_back({ titleOf(fault), {}, choices, -1, -1, {}, !m_lesson.predicts(), true });
    const LessonSubject subject = *m_lesson.subject();
    m_asking = m_lesson.session().tasks()->run<Trials>(
        {},
        [subject, faults, edited = m_lesson.session().document()->edited()](const Job& job) {
            Trials trials;
            for (const TemplateFault fault : faults)
                trials.push_back(tryTemplate(*subject.layout, edited, subject.tensor, subject.at, fault, job));
            return trials;
        },
        [this](const Trials& trials) {
            m_asking.reset();
            for (std::size_t i = 0; i < m_questions.size() && i < trials.size(); ++i) {
                LessonQuestion& question = m_questions[i];
                if (!trials[i]) {
                    question.possible = false;
                    question.words = sentenceOf(trials[i].error());
                    continue;
                }
                const TemplateTrial& trial = *trials[i];
                question.possible = trial.possible;
                question.detail = shown(trial.change);
                question.words = toQt(trial.words);
                question.right = trial.possible ? static_cast<int>(trial.verdict) : -1;
            }
            answered();
        });
    Q_EMIT changed();
}

bool TemplateTask::solved()
{
    const auto right = [](const LessonQuestion& question) { return question.possible && question.state() == Guess::Right; };
    return !m_asking && std::any_of(m_questions.begin(), m_questions.end(), right)
        && std::all_of(m_questions.begin(), m_questions.end(), [](const auto& q) { return !q.possible || q.state() == Guess::Right; });
}

} // namespace ravel
