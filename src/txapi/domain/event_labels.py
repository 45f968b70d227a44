"""What people read for each kind of event, in Chinese and in English."""

from __future__ import annotations

from txapi.domain.labels import Label


def event_label(topic: str) -> Label:
    """The label of a kind of event; KeyError where nobody gave it one."""
    return EVENT_LABELS[topic]


def _labels(labels: dict[str, dict[str, tuple[str, str]]]) -> dict[str, Label]:
    return {
        f"{kind}.{happened}": Label(zh=zh, en=en)
        for kind, group in labels.items()
        for happened, (zh, en) in group.items()
    }


EVENT_LABELS: dict[str, Label] = _labels(
    {
        "unit": {
            "registered": ("单位登记", "unit registered"),
            "renamed": ("单位更名", "unit renamed"),
            "amended": ("单位信息修改", "unit amended"),
            "merged": ("单位并入", "unit merged into another"),
            "closed": ("单位撤销", "unit closed"),
            "fact_corrected": ("单位信息更正", "fact of a unit corrected"),
        },
        "company": {
            "registered": ("企业登记", "company registered"),
            "amended": ("企业信息修改", "company amended"),
            "capital_stated": ("企业资本载明", "company capital stated"),
            "capital_increased": ("企业增资", "company capital increased"),
            "closed": ("企业注销", "company closed"),
            "fact_corrected": ("企业信息更正", "fact of a company corrected"),
        },
        "parcel": {
            "registered": ("地块登记", "parcel registered"),
            "amended": ("地块信息修改", "parcel amended"),
            "listed": ("地块挂牌", "parcel listed for sale"),
            "awarded": ("地块摘牌", "parcel awarded"),
            "step_taken": ("地块利用情况变化", "use of a parcel changed"),
            "closed": ("地块注销", "parcel closed"),
            "fact_corrected": ("地块信息更正", "fact of a parcel corrected"),
        },
        "group": {
            "registered": ("项目组登记", "group registered"),
            "amended": ("项目组信息修改", "group amended"),
            "closed": ("项目组关闭", "group closed"),
            "fact_corrected": ("项目组信息更正", "fact of a group corrected"),
        },
        "attachment": {
            "attached": ("添加附件", "file attached"),
            "amended": ("附件信息修改", "attachment amended"),
            "withdrawn": ("撤回附件", "file withdrawn"),
            "fact_corrected": ("附件信息更正", "fact of an attachment corrected"),
        },
        "meeting": {
            "registered": ("会议登记", "meeting registered"),
            "amended": ("会议信息修改", "meeting amended"),
            "closed": ("会议关闭", "meeting closed"),
            "fact_corrected": ("会议信息更正", "fact of a meeting corrected"),
        },
        "project": {
            "introduced": ("项目入库", "project introduced"),
            "amended": ("项目信息修改", "project amended"),
            "investment_stated": ("投资额载明", "investment stated"),
            "capital_increased": ("项目增资", "project capital increased"),
            "capital_paid_in": ("资金到位", "capital paid in"),
            "milestone_reached": ("节点完成", "milestone reached"),
            "milestone_forecast": ("节点预计", "milestone forecast"),
            "leader_assigned": ("领衔领导确定", "leading official assigned"),
            "leader_released": ("领衔领导卸任", "leading official released"),
            "agent_assigned": ("代办员指派", "approval agent assigned"),
            "agent_released": ("代办员卸任", "approval agent released"),
            "parcel_attached": ("关联地块", "parcel attached"),
            "parcel_detached": ("解除地块关联", "parcel detached"),
            "joined_group": ("加入项目组", "joined a group"),
            "left_group": ("退出项目组", "left a group"),
            "entered_list": ("纳入督查清单", "entered into a supervision list"),
            "left_list": ("移出督查清单", "removed from a supervision list"),
            "output_forecast": ("预期效益", "output forecast"),
            "output_measured": ("实际效益", "output measured"),
            "suspended": ("项目暂停", "project suspended"),
            "resumed": ("项目恢复", "project resumed"),
            "terminated": ("项目终止", "project terminated"),
            "fact_corrected": ("项目信息更正", "fact of a project corrected"),
        },
        "ticket": {
            "drafted": ("联系单起草", "ticket drafted"),
            "draft_amended": ("草稿修改", "draft amended"),
            "contact_named": ("联系人确定", "contact named"),
            "marked_internal": ("标为内部", "marked internal"),
            "issued": ("联系单发出", "ticket issued"),
            "received": ("签收", "ticket received"),
            "receipt_deemed": ("视同签收", "receipt deemed"),
            "receipt_corrected": ("签收更正", "receipt corrected"),
            "accepted": ("受理", "ticket accepted"),
            "returned": ("退回", "ticket returned"),
            "acceptance_lapsed": ("受理逾期", "reply deadline lapsed"),
            "reassigned": ("转办", "ticket reassigned"),
            "support_added": ("增加协办单位", "supporting unit added"),
            "support_completed": ("协办完成", "support completed"),
            "progress_reported": ("进展报告", "progress reported"),
            "extension_asked": ("延期申请", "extension asked for"),
            "extension_decided": ("延期批复", "extension decided"),
            "commitment_lapsed": ("承诺逾期", "commitment lapsed"),
            "deadline_fixed": ("时限确定", "provisional deadline fixed"),
            "resolved": ("办结", "ticket resolved"),
            "resolved_on_spot": ("现场解决", "resolved on the spot"),
            "assigned_on_site": ("现场交办", "assigned on site"),
            "confirmed": ("确认销号", "outcome confirmed"),
            "reopened": ("重新办理", "ticket reopened"),
            "withdrawn": ("撤回", "ticket withdrawn"),
            "reminded": ("催办", "unit reminded"),
            "escalated": ("提级", "ticket escalated"),
            "leader_attempted": ("领导协调", "leading official tried to settle it"),
            "decided": ("市长办公会议决定", "mayor's office meeting decided"),
            "decision_carried_out": ("决定落实", "decision carried out"),
            "decision_lapsed": ("决定逾期", "deadline of a decision lapsed"),
        },
        "target": {
            "set": ("目标设立", "target set"),
            "goal_stated": ("目标值载明", "goal stated"),
            "goal_revised": ("目标值调整", "goal revised"),
            "actual_reported": ("完成数上报", "actual reported"),
            "closed": ("目标关闭", "target closed"),
            "fact_corrected": ("目标信息更正", "fact of a target corrected"),
        },
        "supervision_list": {
            "opened": ("督查清单建立", "supervision list opened"),
            "amended": ("督查清单修改", "supervision list amended"),
            "count_stated": ("清单项目数载明", "count of members stated"),
            "closed": ("督查清单关闭", "supervision list closed"),
            "fact_corrected": ("督查清单更正", "fact of a supervision list corrected"),
        },
        "publication": {
            "recorded": ("文件登记", "document recorded"),
            "amended": ("文件信息修改", "document amended"),
            "closed": ("文件关闭", "document closed"),
            "item_printed": ("刊载数据", "item printed"),
            "fact_corrected": ("刊载信息更正", "fact of a publication corrected"),
        },
        "reference": {
            "adopted": ("版本采用", "edition adopted"),
            "withdrawn": ("版本撤回", "edition withdrawn"),
        },
        "attempt": {
            "refused": ("越权尝试", "attempt refused"),
        },
        "person": {
            "registered": ("自然人登记", "person registered"),
            "amended": ("自然人信息修改", "person amended"),
            "erased": ("个人信息删除", "personal data erased"),
        },
        "webhook": {
            "registered": ("推送端点登记", "webhook registered"),
            "amended": ("推送端点修改", "webhook amended"),
            "closed": ("推送端点停用", "webhook closed"),
            "fact_corrected": ("推送端点更正", "fact of a webhook corrected"),
        },
    }
)
