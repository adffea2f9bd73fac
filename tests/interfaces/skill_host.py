"""A process that serves ExecuteSkill for one test: started as a script, killed by the test."""

from __future__ import annotations

import rclpy
from humanoid_fleet_msgs.action import ExecuteSkill
from humanoid_fleet_msgs.msg import SkillProgress
from rclpy.action import ActionServer, CancelResponse, GoalResponse
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.executors import ExternalShutdownException, MultiThreadedExecutor


def main() -> None:
    rclpy.init()
    node = rclpy.create_node("skill_host")

    def execute(handle):
        goal = handle.request
        result = ExecuteSkill.Result()
        feedback = ExecuteSkill.Feedback()
        progress = feedback.progress
        progress.robot_id, progress.command_id, progress.epoch = goal.robot_id, goal.command_id, goal.epoch
        progress.status = SkillProgress.STATUS_RUNNING
        for step in range(1, 1000 if goal.skill == "wait" else 5):
            if handle.is_cancel_requested:
                handle.canceled()
                result.outcome = ExecuteSkill.Result.OUTCOME_CANCELLED
                result.reason = "cancelled by the caller"
                return result
            progress.phase, progress.fraction = "approach", min(1.0, step / 4)
            handle.publish_feedback(feedback)
            rate.sleep()
        handle.succeed()
        result.outcome = ExecuteSkill.Result.OUTCOME_DONE
        claim = result.claim
        claim.claim_id, claim.robot_id, claim.task_id = f"claim-{goal.command_id}", goal.robot_id, goal.task_id
        claim.command_id, claim.epoch, claim.skill = goal.command_id, goal.epoch, goal.skill
        claim.statement_json = goal.parameters_json
        claim.claimed_at = node.get_clock().now().to_msg()
        return result

    server = ActionServer(
        node,
        ExecuteSkill,
        "execute_skill",
        execute,
        goal_callback=lambda goal: GoalResponse.REJECT if goal.epoch < 7 else GoalResponse.ACCEPT,
        cancel_callback=lambda handle: CancelResponse.ACCEPT,
        callback_group=ReentrantCallbackGroup(),
    )
    rate = node.create_rate(50.0)
    executor = MultiThreadedExecutor(num_threads=3)
    executor.add_node(node)
    print("ready", flush=True)
    try:
        executor.spin()
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        server.destroy()
        rclpy.try_shutdown()


if __name__ == "__main__":
    main()
